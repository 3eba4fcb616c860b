"""One folder for each service, one module for each family of operations."""
