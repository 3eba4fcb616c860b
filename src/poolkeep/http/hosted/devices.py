"""Browsers that a pool remembers as devices: one cookie, which no script can read.

Source: docs/behaviours/pages.md.
"""

from typing import Final

from poolkeep.core.devices import rules
from poolkeep.core.devices.browsers import BrowserDevice, read, written
from poolkeep.core.signin.commands import Authenticated
from poolkeep.http.hosted.cookies import name_of
from poolkeep.http.hosted.web import Cookie, Visit

COOKIE: Final = "cognito-device"
LIFE_S: Final = 400 * 24 * 3_600
"""Browsers keep no cookie for longer."""
REMEMBER: Final = "remember"
"""The checkbox, and what a flow keeps of it."""
BY_PASSWORD: Final = "pwd"


async def of(visit: Visit, username: str) -> BrowserDevice | None:
    """Return which device of this user the browser is, if any."""
    known = read(visit.cookies.get(name_of(visit, COOKIE)))
    found: BrowserDevice | None = await visit.services.browser_devices.find(
        visit.pool, username, known
    )
    return found


def named(visit: Visit, key: str) -> BrowserDevice | None:
    """Return the device of this key, if the browser says that it is one."""
    known = read(visit.cookies.get(name_of(visit, COOKIE)))
    return next((one for one in known if one.key == key), None)


async def register(visit: Visit, done: Authenticated, *, wished: bool) -> BrowserDevice | None:
    """Make the browser a device of who has just signed in by password; None where it is none.

    Where the pool asks users first, one who has not said so leaves nothing behind.
    """
    if done.device_key is not None or BY_PASSWORD not in done.factors:
        return None
    if not rules.tracks(visit.pool) or (rules.waits_for_user(visit.pool) and not wished):
        return None
    made: BrowserDevice | None = await visit.services.browser_devices.register(
        done.pool, done.client, done.user, name=visit.user_agent, ip_address=visit.source_ip
    )
    return made


def cookie(visit: Visit, made: BrowserDevice) -> Cookie:
    """Return the cookie of a browser that is one more device."""
    known = read(visit.cookies.get(name_of(visit, COOKIE)))
    return Cookie(name=name_of(visit, COOKIE), value=written((made, *known)), max_age_s=LIFE_S)
