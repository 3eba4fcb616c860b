"""Numbered SQL files, each safe under the previous release's code."""
