"""A code is worth something for one user, pool, purpose and client, once, for a while."""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poolkeep.base.entropy import SystemEntropy
from poolkeep.base.refusal import CodeMismatch, ExpiredCode
from poolkeep.core.messages.codes import (
    HOUR_MS,
    CodeRow,
    Purpose,
    check,
    code_row,
    digest_of,
    new_code,
)
from poolkeep.core.messages.decoy import decoy_delivery, decoy_id
from poolkeep.core.messages.masks import mask
from poolkeep.core.messages.model import EMAIL, SMS
from tests.unit.core.users.people import a_pool

POOL = a_pool()
NOW_MS = 1_800_000_000_000
CODES = st.text(alphabet="0123456789", min_size=6, max_size=6)
CHI_SQUARE_99_9 = 27.88
"""Nine degrees of freedom."""


def row(
    code: str, user: str = "u", purpose: str = Purpose.SIGN_UP, client: str | None = "c"
) -> CodeRow:
    return code_row(
        POOL,
        user,
        purpose=purpose,
        code=code,
        attribute="email",
        value="a@x",
        client_id=client,
        now_ms=NOW_MS,
        life_ms=HOUR_MS,
    )


def test_codes_are_six_uniform_digits() -> None:
    entropy = SystemEntropy()
    codes = [new_code(entropy) for _ in range(20_000)]
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in codes)
    for place in range(6):
        seen = Counter(code[place] for code in codes)
        expected = len(codes) / 10
        spread = sum((seen[digit] - expected) ** 2 / expected for digit in "0123456789")
        assert spread < CHI_SQUARE_99_9 * 1.5, (place, seen)


@given(CODES, CODES)
def test_only_the_same_code_is_accepted(sent: str, claimed: str) -> None:
    found = row(sent)
    if sent == claimed:
        assert check(POOL, found, claimed_code=claimed, client_id="c", now_ms=NOW_MS) is found
    else:
        with pytest.raises(CodeMismatch):
            check(POOL, found, claimed_code=claimed, client_id="c", now_ms=NOW_MS)


@given(CODES, st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_the_hash_binds_pool_user_and_purpose(code: str, user: str, other: str, use: str) -> None:
    assume((user, "sign-up") != (other, use))
    mine = digest_of(POOL, user, purpose="sign-up", code=code)
    assert mine != digest_of(POOL, other, purpose=use, code=code)
    elsewhere = a_pool(pool_id="eu-west-1_Other1234")
    assert mine != digest_of(elsewhere, user, purpose="sign-up", code=code)
    assert code.encode() not in mine


@pytest.mark.parametrize(
    "claimed",
    ["12345", "0123456", " 012345", "012345 ", "012345\n", "０１２３４５", "12345.0", "+12345", ""],
)
def test_only_the_exact_text_is_the_code(claimed: str) -> None:
    with pytest.raises(CodeMismatch):
        check(POOL, row("012345"), claimed_code=claimed, client_id="c", now_ms=NOW_MS)


def test_a_code_lives_to_the_millisecond() -> None:
    found = row("012345")
    last_ms = NOW_MS + HOUR_MS - 1
    assert check(POOL, found, claimed_code="012345", client_id="c", now_ms=last_ms) is found
    with pytest.raises(ExpiredCode):
        check(POOL, found, claimed_code="012345", client_id="c", now_ms=last_ms + 1)
    with pytest.raises(ExpiredCode):
        check(POOL, None, claimed_code="012345", client_id="c", now_ms=NOW_MS)


def test_a_code_is_for_the_client_that_asked() -> None:
    with pytest.raises(CodeMismatch):
        check(POOL, row("012345"), claimed_code="012345", client_id="other", now_ms=NOW_MS)
    asked_by_admin = row("012345", client=None)
    by_another = check(
        POOL, asked_by_admin, claimed_code="012345", client_id="other", now_ms=NOW_MS
    )
    assert by_another is asked_by_admin


@pytest.mark.parametrize(
    "medium, destination, shown",
    [
        (EMAIL, "mary@example.com", "m***@e***"),
        (EMAIL, '"a@b"@example.com', '"***@e***'),
        (SMS, "+15551239934", "+*******9934"),
        (SMS, "+12", "+*********"[:8] + "+12"),
    ],
)
def test_destinations_are_masked(medium: str, destination: str, shown: str) -> None:
    assert mask(medium, destination) == shown


@given(st.text(min_size=1, max_size=40))
def test_a_decoy_is_stable_and_tells_the_medium(name: str) -> None:
    for medium in (EMAIL, SMS):
        first = decoy_delivery(POOL, name, medium)
        assert first == decoy_delivery(POOL, name, medium)
        assert first.delivery_medium == medium
    assert decoy_id(POOL, name) == decoy_id(POOL, name)
    assert decoy_id(POOL, name) != decoy_id(POOL, name + "x")


def test_a_decoy_looks_like_what_was_typed() -> None:
    assert decoy_delivery(POOL, "mary@example.com", EMAIL).destination == "m***@e***"
    assert decoy_delivery(POOL, "+15551239934", SMS).destination == "+*******9934"
    assert len(decoy_delivery(POOL, "mary", EMAIL).destination) == len("m***@e***")
    assert len(decoy_delivery(POOL, "mary", SMS).destination) == len("+*******9934")
