"""Against forms that another site has filled in.

A form carries in `_csrf` what the cookie `XSRF-TOKEN` holds, which no other site can read. And
where the browser tells whose page sent the form (Origin, Sec-Fetch-Site), it must be this one's:
that also holds off a neighbouring host that may set cookies for us. Scripts tell neither, and
need the token alone. Source: docs/behaviours/oauth.md.
"""

import hmac
import re
from typing import Final

from poolkeep.http.hosted import cookies
from poolkeep.http.hosted.web import Cookie, Visit

FIELD: Final = "_csrf"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
HIDDEN: Final = "null"
SAME: Final = "same-origin"
_OWN: Final = frozenset({SAME, "none"})


class Forged(Exception):
    """The form did not come from a page of this domain in this browser."""


def issue(visit: Visit) -> tuple[str, Cookie]:
    """Return the token for a page's forms, and the cookie that goes with the page.

    A browser that has a token keeps it, so that two tabs do not spoil one another's forms.
    """
    had = visit.cookies.get(cookies.XSRF, "")
    token = had if _TOKEN.fullmatch(had) else visit.nonce
    return token, Cookie(name=cookies.XSRF, value=token)


def check(visit: Visit) -> None:
    """Refuse Forged for a form that does not show the browser's token, or comes from elsewhere."""
    site = visit.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN:
        raise Forged
    origin = visit.headers.get("origin")
    # Our pages send no referrer, and so browsers hide the origin of their forms, too; then only
    # the browser's word on the site can tell.
    is_own = origin == visit.origin or (origin == HIDDEN and site == SAME)
    if origin is not None and not is_own:
        raise Forged
    given, held = visit.form.get(FIELD) or "", visit.cookies.get(cookies.XSRF, "")
    if not _TOKEN.fullmatch(held) or not hmac.compare_digest(given.encode(), held.encode()):
        raise Forged
