"""Devices: what a pool remembers of where its users sign in."""
