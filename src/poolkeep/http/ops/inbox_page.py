"""The inbox for people: one page, no script, nothing of a message but its text.

A message may be HTML that somebody else wrote, so the page shows its words and its link, and
never its markup; and the page's policy would let nothing of it load or run.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from typing import Final

from poolkeep.core.messages.model import InboxMessage
from poolkeep.http.ops.inbox import moment
from poolkeep.http.ops.ports import Inbox
from poolkeep.http.ops.respond import Asked

SHOWN_MAX: Final = 50
REFRESH_S: Final = 5
TEXT_MAX: Final = 20_000  # characters of one message

STYLE: Final = """
:root{color-scheme:light dark;
--ink:#1c2128;--soft:#5d6673;--line:#dfe3e8;--card:#fff;--back:#f5f6f8;
--mark:#0b5fff;--chip:#eaf0ff}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#9aa4b2;--line:#333a44;--card:#1d2229;
--back:#13161b;--mark:#8ab4ff;--chip:#25324d}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.4rem;margin:0 0 1rem}
form{display:flex;gap:.5rem;margin-bottom:1.5rem}
input{flex:1;min-width:0}
input,button{font:inherit;padding:.45rem .7rem;border:1px solid var(--line);border-radius:.5rem;
background:var(--card);color:inherit}
::placeholder{color:var(--soft);opacity:1}
:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
article{background:var(--card);border:1px solid var(--line);border-radius:.75rem;
padding:1rem 1.2rem;margin-bottom:1rem}
h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
p{margin:.2rem 0}
.meta{color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
.code{display:inline-block;margin:.6rem .6rem 0 0;padding:.3rem .8rem;border-radius:.5rem;
background:var(--chip);font:600 1.35rem/1.4 ui-monospace,monospace;letter-spacing:.12em;
user-select:all}
a{color:var(--mark);overflow-wrap:anywhere}
pre{margin:.8rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
.none{color:var(--soft);overflow-wrap:anywhere}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

_BREAKING: Final = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4"))
_UNSEEN: Final = frozenset(("style", "script", "title"))
_TAG: Final = re.compile("<(/?)([a-z0-9]{1,10})")


async def answer_page(asked: Asked, inbox: Inbox) -> None:
    """Answer `?to=ADDRESS` with the page."""
    to = asked.query.get("to", "").strip()
    messages = await inbox.list(to or None, SHOWN_MAX)
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", POLICY.encode()),
    ]
    body = page(messages, to).encode("utf-8", "replace")
    await asked.answer(200, body, headers=headers)


def page(messages: list[InboxMessage], to: str) -> str:
    """Return the page with `messages`, filtered by the address `to` if it is not empty."""
    cards = "\n".join(map(_card, messages)) or f'<p class="none">{_nothing(to)}</p>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_S}">
<title>Inbox · poolkeep</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Inbox</h1>
<form method="get" role="search">
<input type="search" name="to" value="{_safe(to)}" placeholder="E-mail address or phone number"
 aria-label="Recipient"><button>Show</button>
</form>
{cards}
</main>
</body>
</html>
"""


def _card(message: InboxMessage) -> str:
    title = _safe(message.subject) if message.subject else _safe(message.medium)
    parts = [
        "<article>",
        f"<h2>{title}</h2>",
        f'<p class="meta">to {_safe(message.to)} · <time>{moment(message.at_ms)}</time></p>',
        f'<p class="meta">{_safe(message.kind)} · {_safe(message.pool_id)}</p>',
    ]
    if message.code:
        parts.append(f'<p class="code">{_safe(message.code)}</p>')
    if message.link and message.link.startswith(("https://", "http://")):
        link = _safe(message.link)
        parts.append(f'<p><a href="{link}" rel="noreferrer">{link}</a></p>')
    parts += [f"<pre>{_safe(words(message.body))}</pre>", "</article>"]
    return "\n".join(parts)


def words(body: str) -> str:
    """Return the words of a message that may be HTML, in one pass over whatever it is."""
    text = body[:TEXT_MAX]
    if "<" in text:
        text = html.unescape("".join(_between_tags(text)))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _between_tags(text: str) -> Iterator[str]:
    lower = text.lower()
    place = 0
    while (start := text.find("<", place)) >= 0:
        yield text[place:start]
        end = text.find(">", start)
        if end < 0:
            break
        tag = _TAG.match(lower, start)
        closes, name = tag.groups() if tag else ("", "")
        if name in _BREAKING:
            yield "\n"
        place = end + 1
        if name in _UNSEEN and not closes:
            place = lower.find(f"</{name}", place)
            if place < 0:
                return
    yield text[place:]


def _nothing(to: str) -> str:
    if to:
        return f"No message to {_safe(to)} yet. This page looks again every {REFRESH_S} seconds."
    return f"No messages yet. This page looks again every {REFRESH_S} seconds."


def _safe(text: str) -> str:
    return html.escape(text, quote=True)
