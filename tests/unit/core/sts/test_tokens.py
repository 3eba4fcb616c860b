"""Session tokens are opened once and remembered, which changes nothing but the time it takes."""

from typing import Any

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.entropy import SeededEntropy
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.sts.model import Session
from poolkeep.core.sts.refusals import SessionExpired, SessionUnknown
from poolkeep.core.sts.tokens import REMEMBERED_MAX, SessionTokens
from poolkeep.crypto.envelope import KeyRing
from tests.sdk.support import holds

LIFE_MS = 900_000


class Counted(RingKeys):
    """Keys that count what they open."""

    opened = 0

    def open(self, purpose: str, sealed: bytes, *, context: str) -> bytes:
        """Count, then open."""
        self.opened += 1
        return super().open(purpose, sealed, context=context)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys() -> Counted:
    return Counted(KeyRing({"one": b"k" * 32}, "one"), SeededEntropy("keys"))


@pytest.fixture
def tokens(keys: Counted, clock: ManualClock) -> SessionTokens:
    return SessionTokens(keys, clock=clock, entropy=SeededEntropy("sessions"))


def issued(tokens: SessionTokens, clock: ManualClock, **more: Any) -> str:
    now_ms = clock.now_ms()
    session = Session(
        access_key_id=tokens.new_id(), account="1" * 12, kind="role", arn="arn", unique_id="id",
        issued_ms=now_ms, expires_ms=now_ms + LIFE_MS, **more,
    )  # fmt: skip
    return tokens.issue(session).token.reveal()


@holds("STS-11")
def test_a_token_is_opened_once(tokens: SessionTokens, keys: Counted, clock: ManualClock) -> None:
    token = issued(tokens, clock)
    assert tokens.open(token) == tokens.open(token) == tokens.peek(token)
    assert keys.opened == 1


@holds("STS-11")
def test_a_remembered_token_ends(tokens: SessionTokens, clock: ManualClock) -> None:
    token = issued(tokens, clock)
    tokens.open(token)
    clock.advance(ms=LIFE_MS)
    with pytest.raises(SessionExpired):
        tokens.open(token)


@holds("STS-11")
def test_beside_a_remembered_token_no_other_is_good(
    tokens: SessionTokens, clock: ManualClock
) -> None:
    token = issued(tokens, clock)
    tokens.open(token)
    for altered in (token[:-8] + "AAAAAAA=", token + "=", token[:40] + token[41:], f" {token}"):
        with pytest.raises(SessionUnknown):
            tokens.open(altered)


def test_what_is_not_ours_is_not_remembered(tokens: SessionTokens, keys: Counted) -> None:
    for _ in range(2):
        assert tokens.peek("bm90IG91cnM=") is None
    assert keys.opened == 2


def test_the_memory_is_bounded(tokens: SessionTokens, keys: Counted, clock: ManualClock) -> None:
    first, *others = [issued(tokens, clock) for _ in range(REMEMBERED_MAX + 1)]
    for token in (first, *others, first, first):
        tokens.open(token)
    assert keys.opened == REMEMBERED_MAX + 2
