"""Quotas of a domain: docs/behaviours/domains.md."""

import base64
import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from poolkeep.base import buckets
from poolkeep.base.buckets import Buckets
from poolkeep.base.clock import ManualClock
from poolkeep.core.oauth.model import Params
from poolkeep.http.hosted import throttle
from poolkeep.http.hosted.throttle import DomainThrottle
from poolkeep.settings import Throttle as Quotas
from tests.flows.in_process import listening
from tests.sdk.builders import a_pool
from tests.sdk.support import holds, unique

MANY: Final = 2_000


def a_visit(
    address: str = "192.0.2.1", *, client: str | None = None, path: str = "/login",
    domain: str = "a", headers: dict[str, str] | None = None, form: str | None = None,
) -> Any:  # fmt: skip
    def params(client_id: str | None) -> Params:
        return Params([] if client_id is None else [("client_id", client_id)])

    return SimpleNamespace(
        path=path, source_ip=address, query=params(client), form=params(form),
        headers=headers or {}, domain=SimpleNamespace(name=domain),
        pool=SimpleNamespace(pool=SimpleNamespace(id="us-east-1_abc")),
    )  # fmt: skip


def taken(of: DomainThrottle, *visits: Any, tries: int = MANY) -> int:
    """Return how many of so many requests are taken, of these visits in turn."""
    return sum(of.takes(visit) for visit in itertools.islice(itertools.cycle(visits), tries))


@holds("HOST-16")
def test_an_address_has_300_requests_a_second() -> None:
    clock = ManualClock(0)
    counting = DomainThrottle(clock=clock)
    assert taken(counting, a_visit()) == 300
    assert taken(counting, a_visit("192.0.2.2"), tries=9) == 9
    clock.advance(ms=100)
    assert taken(counting, a_visit()) == 30
    clock.advance(ms=60_000)
    assert taken(counting, a_visit()) == 300


@holds("HOST-16")
def test_a_client_has_300_requests_a_second_from_wherever() -> None:
    counting = DomainThrottle(clock=ManualClock(0))
    visits = [a_visit(f"192.0.2.{number}", client="app") for number in range(10)]
    assert taken(counting, *visits) == 300
    assert taken(counting, a_visit("192.0.2.1", client="other"), tries=9) == 9


@holds("HOST-16")
@pytest.mark.parametrize("where", ["form", "header"])
def test_a_client_is_counted_however_it_names_itself(where: str) -> None:
    counting = DomainThrottle(clock=ManualClock(0))
    basic = "Basic " + base64.b64encode(b"%61pp:secret").decode()

    def visit(address: str) -> Any:
        if where == "form":
            return a_visit(address, form="app")
        return a_visit(address, headers={"authorization": basic})

    assert taken(counting, *(visit(f"192.0.2.{number}") for number in range(10))) == 300
    assert not counting.takes(a_visit("198.51.100.1", client="app"))


@holds("HOST-16")
@pytest.mark.parametrize("value", ["Basic", "Basic =", "Basic /w==", "Basic ", "Bearer x", "\xff"])
def test_a_header_that_names_nobody_is_only_its_address(value: str) -> None:
    counting = DomainThrottle(clock=ManualClock(0))
    assert taken(counting, a_visit(headers={"authorization": value})) == 300


@holds("HOST-16")
def test_a_domain_has_500_requests_a_second_of_everybody() -> None:
    counting = DomainThrottle(clock=ManualClock(0))
    visits = [a_visit(f"192.0.2.{number}", client=f"app{number}") for number in range(10)]
    assert taken(counting, *visits) == 500
    assert not counting.takes(a_visit("198.51.100.1"))
    assert counting.takes(a_visit("198.51.100.1", domain="b")), "another domain"


@holds("HOST-16")
def test_what_is_refused_counts_nowhere() -> None:
    """Somebody who asks too often must not use up what all of the others share."""
    counting = DomainThrottle(clock=ManualClock(0))
    assert taken(counting, a_visit("192.0.2.1")) == 300
    assert taken(counting, a_visit("192.0.2.2")) == 200


@holds("HOST-16")
@pytest.mark.parametrize("path", ["/assets/app/logo.png", "/.well-known/jwks.json"])
def test_files_that_anybody_may_keep_are_free(path: str) -> None:
    assert taken(DomainThrottle(clock=ManualClock(0)), a_visit(path=path)) == MANY


@holds("HOST-16")
def test_a_worker_has_its_share_and_nothing_counts_while_off() -> None:
    assert taken(DomainThrottle(clock=ManualClock(0), workers=3), a_visit()) == 100
    assert taken(DomainThrottle(clock=ManualClock(0), is_on=False), a_visit()) == MANY


def test_new_names_do_not_fill_others_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever invents names must not make the server forget who has had enough."""
    monkeypatch.setattr(buckets, "BUCKETS_MAX", 10)
    clock = ManualClock(0)
    counting = Buckets(clock)
    for number in range(9):
        counting.take(number, 1)
    clock.advance(ms=buckets.STALE_MS)
    counting.take("greedy", 1)
    counting.take("new", 1)
    assert not counting.has("greedy", 1)
    for number in range(100):
        counting.take(f"invented {number}", 1)
        assert len(counting) <= 10


@holds("HOST-16")
@pytest.mark.parametrize("is_on", [True, False])
def test_a_server_counts_where_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_on: bool
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_PER_S", 1)
    quotas = Quotas(enabled=is_on)
    with listening(tmp_path, InProcessTriggers(), throttle=quotas) as wire:
        pool_id = a_pool(wire)
        wire.call("CreateUserPoolDomain", UserPoolId=pool_id, Domain=unique("busy"))
        statuses = {wire.exchange("GET", f"/{pool_id}/error").status for _ in range(20)}
    assert (429 in statuses) is is_on
