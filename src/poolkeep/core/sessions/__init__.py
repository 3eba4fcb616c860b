"""Tracked sessions: who is signed in from where, how many at once, and ending them one by one.

    sign-in ──▶ Tracker.begin ──▶ token session (evicts the least recently used at the cap)
    refresh ──▶ Tracker.touch ──▶ last activity        the pages ──▶ Tracker.begin_sso

Pools that do not track sessions have no records, and nothing here runs for them. What kills a
session's tokens is the revocation of their `origin_jti`; the record only tells about them.
Source: docs/behaviours/sessions.md.
"""

from poolkeep.core.sessions.model import Activity, Lineage, Session
from poolkeep.core.sessions.tracking import Tracker

__all__ = ["Activity", "Lineage", "Session", "Tracker"]
