"""The one SQL implementation of every store port, on SQLite and PostgreSQL.

Stores are plain synchronous functions of a transaction; `database.py` holds the only
differences between the two databases.
"""
