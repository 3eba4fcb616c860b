"""A whole pool in one sealed file, and back into another installation.

`records.py` is the file's inner form, `out.py` writes one, `back.py` checks one and loads it.
What is sealed in the database stays sealed under the pool's own keys; only those keys are taken
out of one master key's wrapping and put into another's. The file around it all is encrypted.
"""

from poolkeep.core.export.back import Restore, check
from poolkeep.core.export.model import Found, Manifest, Place
from poolkeep.core.export.out import Export
from poolkeep.core.export.records import FileRefused

__all__ = ["Export", "FileRefused", "Found", "Manifest", "Place", "Restore", "check"]
