"""A function that cannot be loaded."""

raise RuntimeError("not today")
