"""Users by the file: import jobs of the API, and what `poolkeep import` shares with them.

    bytes ─ lines.py ─▶ lines ─ rows.py ─▶ users or reasons ─ batches.py ─▶ rows of the store

`jobs.py` has the use cases of the API, `uploads.py` takes the file at the pre-signed URL,
`worker.py` carries a job on, `stream.py` imports an operator's file. How far a file is read is
saved in the transaction that stores the users before that place, so a kill at any moment neither
loses a row nor imports one twice.
"""
