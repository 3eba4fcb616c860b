"""Measurements: how much of the machine goes into unavoidable work, and how much into ours."""
