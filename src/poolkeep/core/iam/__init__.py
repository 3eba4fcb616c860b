"""Policies, and who may do what by them.

policies.py     text → statements, every rule of the language checked
patterns.py     wildcards and variables
conditions.py   operators over the keys of a request
evaluation.py   from the statements of every kind to a decision, with the reason

Source: docs/behaviours/policies.md.
"""
