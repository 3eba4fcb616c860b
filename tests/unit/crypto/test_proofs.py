"""SECRET_HASH, authenticator codes, stored codes."""

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import codes, secret_hash, totp

SEED = b"12345678901234567890"


class TestSecretHash:
    def test_the_published_example_comes_out(self) -> None:
        expected = "kcku81+asLyzOajatfz2LSHVdH28l80U0VVfOZh5wCk="
        assert secret_hash.secret_hash("secret123", "alice", "client1") == expected
        assert secret_hash.matches(expected, "secret123", "alice", "client1")

    @pytest.mark.parametrize(
        "claimed", ["", "x", "kcku81-asLyzOajatfz2LSHVdH28l80U0VVfOZh5wCk=", "é", "\ud800"]
    )
    def test_another_text_does_not_match(self, claimed: str) -> None:
        assert not secret_hash.matches(claimed, "secret123", "alice", "client1")

    def test_the_username_counts_as_sent(self) -> None:
        claimed = secret_hash.secret_hash("s", "Älice@example.com", "c")
        assert secret_hash.matches(claimed, "s", "Älice@example.com", "c")
        assert not secret_hash.matches(claimed, "s", "älice@example.com", "c")
        assert not secret_hash.matches(claimed, "s2", "Älice@example.com", "c")

    def test_pycognito_sends_the_same(self) -> None:
        from pycognito.aws_srp import AWSSRP

        sent = AWSSRP.get_secret_hash("alice", "client1", "secret123")
        assert secret_hash.matches(sent, "secret123", "alice", "client1")


class TestTotp:
    @pytest.mark.parametrize(
        "seconds, code",
        [
            (59, "287082"),
            (1111111109, "081804"),
            (1111111111, "050471"),
            (1234567890, "005924"),
            (2000000000, "279037"),
            (20000000000, "353130"),
        ],
    )
    def test_the_examples_of_rfc_6238_are_accepted(self, seconds: int, code: str) -> None:
        assert totp.accepts(code, SEED, seconds * 1000, None) == seconds // 30

    def test_the_examples_of_rfc_4226_come_out(self) -> None:
        expected = [
            "755224",
            "287082",
            "359152",
            "969429",
            "338314",
            "254676",
            "287922",
            "162583",
            "399871",
            "520489",
        ]
        assert [totp.code_at(SEED, step) for step in range(10)] == expected

    @pytest.mark.parametrize("away, accepted", [(-2, False), (-1, True), (1, True), (2, False)])
    def test_one_step_either_side_is_accepted(self, away: int, *, accepted: bool) -> None:
        now_step = 60_000_000
        code = totp.code_at(SEED, now_step + away)
        found = totp.accepts(code, SEED, now_step * totp.STEP_MS + 29_999, None)
        assert found == (now_step + away if accepted else None)

    def test_a_step_is_spent_once_and_with_all_before_it(self) -> None:
        now_ms, step = 60_000_000 * totp.STEP_MS, 60_000_000
        code, before = totp.code_at(SEED, step), totp.code_at(SEED, step - 1)
        assert totp.accepts(code, SEED, now_ms, step - 1) == step
        assert totp.accepts(code, SEED, now_ms, step) is None
        assert totp.accepts(before, SEED, now_ms, step) is None
        assert totp.matching_step(code, SEED, now_ms) == step

    def test_a_clock_at_the_epoch_does_no_harm(self) -> None:
        assert totp.accepts("755224", SEED, 0, None) == 0

    @pytest.mark.parametrize(
        "code",
        [
            "",
            "28708",
            "2870822",
            " 287082",
            "287082 ",
            "２８７０８２",
            "28708a",
            "-87082",
            "\ud800",
        ],
    )
    def test_only_six_plain_digits_are_a_code(self, code: str) -> None:
        assert totp.accepts(code, SEED, 59_000, None) is None

    def test_a_seed_is_shown_in_base32(self) -> None:
        seed = totp.make_seed(SeededEntropy())
        shown = totp.seed_text(seed)
        assert len(shown) == 52
        assert base64.b32decode(shown + "====") == seed
        assert seed != totp.make_seed(SeededEntropy("other"))


class TestCodes:
    KEY = b"k" * 32

    def test_a_code_is_worth_something_only_where_it_was_made(self) -> None:
        place = {"pool": "p", "user": "u", "purpose": "reset", "code": "012345"}
        digest = codes.code_digest(self.KEY, **place)
        assert len(digest) == 32
        assert codes.code_matches(digest, self.KEY, **place)
        for name in place:
            assert not codes.code_matches(digest, self.KEY, **{**place, name: "other"})
        assert not codes.code_matches(digest, b"l" * 32, **place)

    @pytest.mark.parametrize("code", ["12345", "0123456", " 012345", "０１２３４５", "", "\ud800"])
    def test_only_the_exact_text_matches(self, code: str) -> None:
        digest = codes.code_digest(self.KEY, pool="p", user="u", purpose="x", code="012345")
        assert not codes.code_matches(digest, self.KEY, pool="p", user="u", purpose="x", code=code)

    @given(parts=st.lists(st.text(max_size=4), min_size=4, max_size=4), cut=st.integers(0, 3))
    def test_fields_do_not_run_into_each_other(self, parts: list[str], cut: int) -> None:
        pool, user, purpose, code = parts
        moved = pool[:cut], pool[cut:] + user
        one = codes.code_digest(self.KEY, pool=pool, user=user, purpose=purpose, code=code)
        two = codes.code_digest(self.KEY, pool=moved[0], user=moved[1], purpose=purpose, code=code)
        assert (one == two) == (moved == (pool, user))

    def test_the_digest_is_keyed(self) -> None:
        fields = b"\0\0\0\1p\0\0\0\1u\0\0\0\1x\0\0\0\1c"
        digest = codes.code_digest(self.KEY, pool="p", user="u", purpose="x", code="c")
        assert digest == hmac.digest(self.KEY, fields, "sha256")
