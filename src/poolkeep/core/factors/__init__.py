"""Second factors: authenticator apps, codes by SMS and e-mail, and which of them a user prefers."""
