"""The page for requests that no page of a pool can answer: no pool, no page, no luck."""

from typing import Final

from poolkeep.http.hosted.policy import PERMISSIONS, content_policy
from poolkeep.http.hosted.rendering import written
from poolkeep.http.hosted.web import HTML, Answer

TEMPLATE: Final = "trouble.html"


def plain(status: int, why: str, *, request_id: str, nonce: str) -> Answer:
    """Return a page with a sentence and the request id, which the log knows."""
    text = written(TEMPLATE, nonce=nonce, request_id=request_id, reason=why, error=why, again=None)
    policy = ("Content-Security-Policy", content_policy(nonce))
    headers = (("Content-Type", HTML), policy, PERMISSIONS)
    return Answer(status=status, headers=headers, body=text.encode())
