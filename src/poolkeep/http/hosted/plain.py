"""The page for requests that no page of a pool can answer: no pool, no page, no luck."""

import html
from http import HTTPStatus
from typing import Final

from poolkeep.http.hosted.policy import PERMISSIONS, content_policy
from poolkeep.http.hosted.web import HTML, Answer

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}"
    "small{opacity:.7;overflow-wrap:anywhere}"
)


def plain(status: int, why: str, *, request_id: str, nonce: str) -> Answer:
    """Return a page with a sentence and the request id, which the log knows."""
    title = HTTPStatus(status).phrase
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{title}</title><style nonce="{nonce}">{STYLE}</style></head>'
        f"<body><main><h1>{title}</h1><p>{html.escape(why)}</p>"
        f"<p><small>{html.escape(request_id)}</small></p></main></body></html>"
    )
    policy = ("Content-Security-Policy", content_policy(nonce))
    headers = (("Content-Type", HTML), policy, PERMISSIONS)
    return Answer(status=status, headers=headers, body=text.encode())
