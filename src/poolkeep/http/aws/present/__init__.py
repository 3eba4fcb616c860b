"""Core values as response shapes, where more than a conversion by attribute is needed."""
