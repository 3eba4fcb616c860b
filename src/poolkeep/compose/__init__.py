"""Build every object, explicitly. The only package that knows all adapters; nobody imports it.

    settings ─▶ databases, keys ─▶ stores ─▶ services of each region ─▶ faces ─▶ Application

`region.py` builds one region's services, `application.py` the server around them, `admin.py` what
the command line does to an installation without a server, `trouble.py` says why they cannot.
"""

from poolkeep.compose.admin import admin
from poolkeep.compose.application import build

__all__ = ["admin", "build"]
