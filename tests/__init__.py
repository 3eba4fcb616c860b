"""The tests of poolkeep."""
