"""Identity pools: who may get credentials, by whose word, and for which role."""
