"""What users would see: the pages of a client in their style, and messages in a language.

`/_poolkeep/branding?pool=POOL&client=CLIENT&scheme=dark&lang=de` and
`/_poolkeep/messages?pool=POOL&lang=de` (`/_poolkeep/messages.json`). They show nothing of any user.
"""

import html
from typing import Final

import msgspec

from poolkeep.core.messages.languages import LANGUAGES, known
from poolkeep.core.messages.samples import Sample
from poolkeep.http.ops.ports import Previews
from poolkeep.http.ops.respond import Asked, Unacceptable

STYLE: Final = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1rem}
nav a{margin-right:.75rem}
article{border:1px solid #8888;border-radius:.75rem;padding:1rem 1.2rem;margin:1rem 0}
h2{font-size:1.05rem;margin:0}
.meta{opacity:.75;font-size:.875rem;margin:.2rem 0 .8rem}
iframe{width:100%;height:13rem;border:1px solid #8888;border-radius:.5rem;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.8rem 0 0}
"""
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""A message may carry styles in its elements; none of them can load anything."""


async def answer_branding(asked: Asked, previews: Previews) -> None:
    """Answer with the page of a client's style."""
    scheme = asked.query.get("scheme")
    if scheme not in {None, "light", "dark"}:
        raise Unacceptable(400, "scheme must be light or dark.")
    pool_id, client_id = asked.query.get("pool", ""), asked.query.get("client", "")
    found = await previews.branding(pool_id, client_id, scheme=scheme, language=_language(asked))
    if found is None:
        raise Unacceptable(404, "There is no style of this client: give ?pool=…&client=….")
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", found.policy.encode()),
    ]
    await asked.answer(200, found.page.encode(), headers=headers)


async def answer_messages(asked: Asked, previews: Previews) -> None:
    """Answer with a page of messages."""
    pool_id = asked.query.get("pool") or None
    page = _page(await _samples(asked, previews, pool_id), pool_id)
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", POLICY.encode()),
    ]
    await asked.answer(200, page.encode("utf-8", "replace"), headers=headers)


async def answer_messages_json(asked: Asked, previews: Previews) -> None:
    """Answer with the same messages for programs."""
    found = await _samples(asked, previews, asked.query.get("pool") or None)
    await asked.json(200, {"messages": msgspec.to_builtins(found)})


async def _samples(asked: Asked, previews: Previews, pool_id: str | None) -> list[Sample]:
    found = await previews.messages(pool_id, _language(asked))
    if found is None:
        raise Unacceptable(404, f"There is no user pool {pool_id}.")
    return found


def _language(asked: Asked) -> str | None:
    wish = asked.query.get("lang") or None
    if wish is not None and known(wish) is None:
        raise Unacceptable(400, f"lang must be one of {', '.join(LANGUAGES)}.")
    return known(wish)


def _page(samples: list[Sample], pool_id: str | None) -> str:
    where = f"&amp;pool={html.escape(pool_id)}" if pool_id else ""
    links = "".join(f'<a href="?lang={name}{where}">{name}</a>' for name in LANGUAGES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Messages · poolkeep</title><style>{STYLE}</style></head><body><main>"
        f'<h1>Messages</h1><nav aria-label="Languages">{links}</nav>'
        f"{''.join(map(_card, samples))}</main></body></html>"
    )


def _card(sample: Sample) -> str:
    title = html.escape(sample.subject or sample.medium)
    about = html.escape(f"{sample.name} · {sample.medium} · {sample.language}")
    parts = [f"<article><h2>{title}</h2>", f'<p class="meta">{about}</p>']
    if sample.medium == "EMAIL":
        # A frame without any permission: what somebody wrote as HTML can do nothing but show.
        source = html.escape(sample.body, quote=True)
        parts.append(f'<iframe sandbox title="{title}" srcdoc="{source}"></iframe>')
        if sample.text:
            parts.append(f"<pre>{html.escape(sample.text)}</pre>")
    else:
        parts.append(f"<pre>{html.escape(sample.body)}</pre>")
    return "".join((*parts, "</article>"))
