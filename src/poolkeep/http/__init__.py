"""The faces: they translate between a protocol and the core, and decide nothing."""
