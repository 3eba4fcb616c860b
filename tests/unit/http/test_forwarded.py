"""What trusted proxies tell of a request."""

import pytest

from poolkeep.http.server.head import Told, forwarded, seen_from_outside
from poolkeep.http.server.policy import Networks
from poolkeep.settings import ProxyHeaders
from tests.sdk.support import holds

TRUSTED = Networks(("10.0.0.0/8",))
NOTHING = Told(None, None, None)


@holds("HOST-09")
@pytest.mark.parametrize(
    "lines, told",
    [
        ({}, NOTHING),
        ({"x-forwarded-for": "192.0.2.1"}, Told("192.0.2.1", None, None)),
        ({"x-forwarded-for": "6.6.6.6, 192.0.2.1, 10.1.1.1"}, Told("192.0.2.1", None, None)),
        ({"x-forwarded-proto": "http, HTTPS"}, Told(None, "https", None)),
        ({"x-forwarded-proto": "gopher"}, NOTHING),
        ({"x-forwarded-host": "evil.example, id.example.org"}, Told(None, None, b"id.example.org")),
        ({"forwarded": "for=192.0.2.1;host=evil.example;proto=https"}, NOTHING),
    ],
)
def test_the_customary_form(lines: dict[str, str], told: Told) -> None:
    assert forwarded([(n.encode(), v.encode()) for n, v in lines.items()], TRUSTED) == told


@holds("HOST-09")
@pytest.mark.parametrize(
    "line, told",
    [
        ("for=192.0.2.1;proto=https;host=id.example.org",
         Told("192.0.2.1", "https", b"id.example.org")),
        ('For="[2001:db8::1]:4711"; Proto=HTTP', Told("2001:db8::1", "http", None)),
        ('for=6.6.6.6;host=evil.example, for="192.0.2.1:80";host="id.example.org"',
         Told("192.0.2.1", None, b"id.example.org")),
        ("for=192.0.2.1;host=evil.example, for=10.0.0.1", Told("192.0.2.1", None, None)),
        ("for=unknown", NOTHING),
        ("for=_hidden;proto", NOTHING),
        (";;,=,", NOTHING),
    ],
)  # fmt: skip
def test_the_standard_form(line: str, told: Told) -> None:
    form: ProxyHeaders = "forwarded"
    lines = [(b"x-forwarded-host", b"evil.example"), (b"forwarded", line.encode())]
    assert forwarded(lines, TRUSTED, form=form) == told


def test_the_host_that_the_proxy_was_asked_for_takes_the_place_of_its_own() -> None:
    lines = [(b"host", b"backend"), (b"accept", b"*/*")]
    assert seen_from_outside(lines, b"id.example.org") == [
        (b"host", b"id.example.org"), (b"accept", b"*/*"),
    ]  # fmt: skip
