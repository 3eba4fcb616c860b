"""User-pool operations: request shape to command, result to response shape, no rule."""
