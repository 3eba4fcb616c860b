"""Users, their attributes and groups."""
