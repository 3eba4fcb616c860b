"""Facts of life that every layer may use: time, randomness, identifiers, secrets, refusals.

This package imports nothing else of ours and decides nothing about Cognito.
"""
