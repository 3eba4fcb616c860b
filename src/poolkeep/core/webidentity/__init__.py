"""Tokens of other people's identity providers: whether they are what they say."""
