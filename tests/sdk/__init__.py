"""Unmodified client libraries against a running server, over real sockets."""
