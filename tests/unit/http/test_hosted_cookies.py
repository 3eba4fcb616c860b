"""Names of cookies that no neighbouring host can set."""

import dataclasses
from typing import Any, Final

import pytest

from poolkeep.http.hosted import cookies
from tests.sdk.support import holds

REQUEST: Final = "digest-of-the-request"


@dataclasses.dataclass
class Here:
    """What of a visit says how cookies are called."""

    base: str = ""
    is_secure: bool = True
    cookies: dict[str, str] = dataclasses.field(default_factory=dict)


def headers(visit: Any) -> list[str]:
    made = (
        cookies.set_session(visit, "value", 60),
        cookies.forget_session(visit),
        cookies.set_flow(visit, REQUEST, "value", 60),
        cookies.forget_flow(visit, REQUEST),
    )
    return [cookie.header(visit)[1] for cookie in made]


@holds("OAUTH-28", "OAU-28", "SES-12")
def test_a_host_of_ones_own_has_cookies_that_no_neighbour_sets() -> None:
    for text in headers(Here()):
        parts = text.split("; ")
        assert parts[0].startswith("__Host-cognito")
        assert {"Path=/", "Secure", "HttpOnly"} <= set(parts)
        assert not any(part.startswith("Domain") for part in parts)


@holds("OAUTH-28")
@pytest.mark.parametrize("visit", [Here(base="/pool"), Here(is_secure=False)])
def test_elsewhere_browsers_would_not_take_that_name(visit: Any) -> None:
    for text in headers(visit):
        assert text.startswith("cognito")


@holds("OAU-28")
def test_a_cookie_by_the_plain_name_is_not_looked_at() -> None:
    """Which a sibling can set, since its name promises nothing."""
    flow = f"cognito-fl-{REQUEST[:12]}"
    visit: Any = Here(cookies={"cognito": "planted", flow: "planted"})
    assert cookies.session(visit) is None
    assert cookies.flow(visit, REQUEST) is None
    own: Any = Here(
        cookies={"__Host-cognito": "own", f"__Host-{flow}": "own", "cognito": "planted"}
    )
    assert (cookies.session(own), cookies.flow(own, REQUEST)) == ("own", "own")
