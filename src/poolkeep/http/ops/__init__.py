"""The operator's face, under `/_poolkeep/`: health, and what development and tests need.

    health       GET    always
    inbox        GET    dev and local, where messages go to the inbox: a page
    inbox.json   GET    the same, for programs; waits if asked
    clock        POST   dev only: move time
    reset        POST   dev only: empty an account

What a mode does not offer does not exist: its path answers 404.
"""

from poolkeep.http.ops.ports import Emptier, Health, Inbox, Readiness, TimeTravel
from poolkeep.http.ops.routes import routes

__all__ = ["Emptier", "Health", "Inbox", "Readiness", "TimeTravel", "routes"]
