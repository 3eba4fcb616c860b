"""The headers of answers on a pool's domain. Source: docs/behaviours/domains.md."""

from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import urlsplit

from poolkeep.http.hosted.web import Answer, Headers, Visit

NOT_KEPT: Final = (
    ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
)
ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Referrer-Policy", "no-referrer"),
)
HTTPS_ONLY: Final = ("Strict-Transport-Security", "max-age=31536000 ; includeSubDomains")
PERMISSIONS: Final = (
    "Permissions-Policy",
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
)


def security_headers(
    request_id: str, own: Collection[str], *, keeps_https: bool
) -> Iterator[tuple[str, str]]:
    """Yield what every answer has and this one (`own`, in lower case) has not.

    An answer that says itself how long it may be kept is not contradicted.
    """
    yield "x-amz-cognito-request-id", request_id
    if "cache-control" not in own:
        yield from NOT_KEPT
    yield from ((name, value) for name, value in ALWAYS if name.lower() not in own)
    if keeps_https:
        yield HTTPS_ONLY


async def page_headers(answer: Answer, visit: Visit) -> Headers:
    """Return what a page has besides: what it may load, where its forms may lead."""
    own = {name.lower(): value for name, value in answer.headers}
    if not own.get("content-type", "").startswith("text/html"):
        return ()
    if "content-security-policy" in own:
        return (PERMISSIONS,)
    targets = await _form_targets(visit)
    return (("Content-Security-Policy", content_policy(visit.nonce, *targets)), PERMISSIONS)


def content_policy(nonce: str, *form_targets: str) -> str:
    """Return the policy of a page: what carries the nonce, pictures of our own, and forms.

    Browsers hold a form's whole chain of redirects to `form-action`, and an application sends
    its users on to wherever it likes; so any https address is among the targets.
    """
    forms = " ".join(("'self'", "https:", *form_targets))
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action {forms}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


async def _form_targets(visit: Visit) -> list[str]:
    """Return where else the client's applications are: http on this machine, schemes of apps."""
    client_id = visit.query.get("client_id") or visit.form.get("client_id")
    found = await visit.services.book.client(client_id) if client_id else None
    if found is None or found[0].pool.id != visit.pool.pool.id:
        return []
    settings = found[1].settings
    targets = {
        _target(url) for url in (*(settings.callback_urls or ()), *(settings.logout_urls or ()))
    }
    return sorted(targets - {""})


def _target(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in {"", "https"}:
        return ""
    target = f"http://{parts.netloc}" if parts.scheme == "http" else f"{parts.scheme}:"
    # What stands in a policy must not end it.
    return target if target.isascii() and not set(target) & set(" ;,'\"\t\r\n") else ""
