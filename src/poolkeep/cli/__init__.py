"""The command line: `poolkeep serve | demo | inbox | keys | doctor | where | migrate`.

Each command lives in a module of its own, imported when it is asked for, so that `--help` is
quick. A command translates and prints; what it does is done elsewhere.
"""
