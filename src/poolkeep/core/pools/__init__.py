"""User pools and app clients: their settings, defaults and rules."""
