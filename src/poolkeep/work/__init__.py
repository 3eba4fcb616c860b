"""Background work: claim rows that are due, run them, settle.

Work is a row in the table that owns it. Any node may do it; nothing has to be scheduled and
nothing is lost with a process. It runs inside `serve` as asyncio tasks.
"""
