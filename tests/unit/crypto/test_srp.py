# ruff: noqa: N803, N806 -- the letters are the protocol's
import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import srp
from poolkeep.crypto.group import G, N
from tests.unit.crypto.srp_client import client_key, java_bytes

BLOCK = bytes([0, 1, 2, 3])
WHEN = "Mon Jan 5 08:09:10 UTC 2026"


class Vector(NamedTuple):
    place: str
    user: str
    password: str
    salt: bytes
    x: str
    v_start: str
    B_start: str
    B_end: str
    key: str
    signature: str


USER = Vector(
    "AbCdEfGhI",
    "11111111-2222-4333-8444-555555555555",
    "Passw0rd!",
    bytes([0x8F] * 16),
    "d1d2a935b0aef17ad462ca5cbd48b705ff05a7e85fee35d242a92a17b4ad2e95",
    "54afcf7fd5f3f2af",
    "7f5757299a697f13e69e5a4d305aa847",
    "3306fa7f42f292ca",
    "55b260dfc703159c647beb480a95e05d",
    "B68Mwxm2l29ToaZPBTXy/SxF20MJo2JOQBHS582DmRE=",
)
DEVICE = Vector(
    "-wt2ha1Zd",
    "us-east-1_11111111-2222-4333-8444-555555555555",
    "ZGV2aWNlLXBhc3N3b3Jk",
    bytes.fromhex("0123456789abcdef0123456789abcdef"),
    "12596b79baffa0b4e9ceb5c1240de0de2137c4cc13ba116b6d046656d872e636",
    "ebdbaa077e8c7479",
    "d844d7059ef099f602281094837f277d",
    "7bbaf7ad9de5892d",
    "6e5bf99af5a00ff78f1656a106c3e0cf",
    "Q6fDH4Fn9CELlkF6XRt38HEJofTSFqJ+RsLwwVFJaKU=",
)


def exponent(letter: str) -> int:
    return int(hashlib.sha256(letter.encode()).hexdigest() * 4, 16)


def test_the_multiplier_is_the_published_one() -> None:
    assert f"{srp.K:x}" == "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"


@pytest.mark.parametrize("vector", [USER, DEVICE], ids=["user", "device"])
def test_the_published_example_comes_out(vector: Vector) -> None:
    x = srp.private_value(vector.place, vector.user, vector.password, vector.salt)
    v = srp.verifier(x)
    A, b = pow(G, exponent("a"), N), exponent("b")
    B = (srp.K * v + pow(G, b, N)) % N
    key = srp.session_key(A, B, b, v)
    assert f"{x:x}" == vector.x
    assert f"{v:x}".startswith(vector.v_start)
    assert f"{B:x}".startswith(vector.B_start)
    assert f"{B:x}".endswith(vector.B_end)
    assert key.hex() == vector.key
    assert srp.claim(key, vector.place, vector.user, BLOCK, WHEN) == vector.signature


def test_a_salt_is_the_same_as_number_and_as_bytes() -> None:
    number = int.from_bytes(DEVICE.salt, "big")
    assert srp.private_value("p", "u", "w", number) == srp.private_value("p", "u", "w", DEVICE.salt)


@given(number=st.integers(0, 2**3100))
def test_pad_is_the_clients_form(number: int) -> None:
    assert srp.pad(number) == java_bytes(number)
    assert int.from_bytes(srp.pad(number), "big", signed=True) == number


@settings(max_examples=10, deadline=None)
@given(
    password=st.text(st.characters(exclude_categories=["Cs"])),
    salt=st.integers(1, 2**128 - 1),
    a=st.integers(2, 2**256),
    seed=st.text(),
)
def test_client_and_server_agree_on_the_key(password: str, salt: int, a: int, seed: str) -> None:
    v = srp.verifier(srp.private_value("AbC", "alice", password, salt))
    step = srp.start(SeededEntropy(repr(seed)), v)
    mine = srp.session_key(pow(G, a, N), step.B, step.b, v)
    assert mine == client_key(f"AbCalice:{password}", a, salt, step.B)
    assert mine != client_key(f"AbCalice:{password}x", a, salt, step.B)


def test_the_parameter_order_of_a_step_unpacks() -> None:
    b, B = srp.start(SeededEntropy(), 5)
    assert 0 < b < 2**256
    assert (srp.K * 5 + pow(G, b, N)) % N == B


def test_no_two_starts_share_a_number() -> None:
    entropy = SeededEntropy()
    assert len({srp.start(entropy, 5).B for _ in range(200)}) == 200


class TestPycognito:
    """A client that we did not write."""

    def answer(self, password: str, *, salt: int) -> tuple[dict[str, Any], str, bytes]:
        from pycognito.aws_srp import AWSSRP

        client = AWSSRP(
            username="alice",
            password=password,
            pool_id="us-east-1_AbCdEfGhI",
            client_id="c" * 26,
            client=object(),
        )
        x = srp.private_value("AbCdEfGhI", "alice", "Passw0rd! ü", salt)
        v = srp.verifier(x)
        A = srp.parse_a(client.get_auth_params()["SRP_A"])
        step = srp.start(SeededEntropy(password), v)
        key = srp.session_key(A, step.B, step.b, v)
        block = bytes(range(200))
        answer: dict[str, Any] = client.process_challenge(
            {
                "USERNAME": "alice",
                "USER_ID_FOR_SRP": "alice",
                "SALT": f"{salt:x}",
                "SRP_B": f"{step.B:x}",
                "SECRET_BLOCK": base64.b64encode(block).decode(),
            },
            {"USERNAME": "alice"},
        )
        return answer, srp.claim(key, "AbCdEfGhI", "alice", block, answer["TIMESTAMP"]), key

    @pytest.mark.parametrize("salt", [1 << 124, 0x7F << 120, 0x80 << 120, 2**128 - 1])
    def test_accepts_our_challenge(self, salt: int) -> None:
        answer, expected, _ = self.answer("Passw0rd! ü", salt=salt)
        assert answer["PASSWORD_CLAIM_SIGNATURE"] == expected
        assert srp.timestamp_ms(answer["TIMESTAMP"]) is not None

    def test_fails_with_another_password(self) -> None:
        answer, expected, _ = self.answer("Passw0rd?", salt=1 << 124)
        assert answer["PASSWORD_CLAIM_SIGNATURE"] != expected

    def test_makes_device_verifiers_that_we_accept(self) -> None:
        from pycognito.aws_srp import generate_hash_device

        password, config = generate_hash_device("group", "key")
        salt = int.from_bytes(base64.b64decode(config["Salt"]), "big")
        v = int.from_bytes(base64.b64decode(config["PasswordVerifier"]), "big")
        assert srp.verifier(srp.private_value("group", "key", password, salt)) == v


class TestDegenerate:
    @pytest.mark.parametrize("A", [0, 1, N - 1, N, N + 1, 2 * N - 1, 2 * N])
    def test_numbers_prove_nothing(self, A: int) -> None:
        assert srp.is_degenerate(A)
        with pytest.raises(srp.DegenerateExchange):
            srp.session_key(A, 5, 7, 9)

    @pytest.mark.parametrize("A", [2, N - 2, N + 2, N // 2])
    def test_others_are_left_alone(self, A: int) -> None:
        assert not srp.is_degenerate(A)

    def test_a_u_of_zero_proves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Zero:
            def digest(self) -> bytes:
                return bytes(32)

        monkeypatch.setattr(hashlib, "sha256", lambda _: Zero())
        with pytest.raises(srp.DegenerateExchange, match="u is zero"):
            srp.session_key(5, 5, 7, 9)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "xyz", "-1", "+1", "0x12", " 12", "12 ", "12\n", "1_2", "１２", "٣", "\0", "é"),
            *("1" * 801, "0" * 801, "f" * 1_000_000),
        ],
    )
    def test_other_texts_than_hex_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="SRP_A"):
            srp.parse_a(text)

    @pytest.mark.parametrize("text", ["0", "F" * 800, "00ab", "Ab", f"{N:x}"])
    def test_hex_is_read(self, text: str) -> None:
        assert srp.parse_a(text) == int(text, 16)


class TestTimestamp:
    @given(
        when=st.datetimes(
            min_value=datetime(1000, 1, 1),  # noqa: DTZ001  Hypothesis wants it bare
            max_value=datetime(9999, 12, 31),  # noqa: DTZ001
        )
    )
    def test_every_second_has_one_spelling(self, when: datetime) -> None:
        when = when.replace(microsecond=0, tzinfo=UTC)
        days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        months = [
            "Jan",
            "Feb",
            "Mar",
            "Apr",
            "May",
            "Jun",
            "Jul",
            "Aug",
            "Sep",
            "Oct",
            "Nov",
            "Dec",
        ]
        text = (
            f"{days[when.weekday()]} {months[when.month - 1]} {when.day} "
            f"{when:%H:%M:%S} UTC {when.year}"
        )
        assert srp.timestamp_ms(text) == int(when.timestamp()) * 1000

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Mon Jan 05 08:09:10 UTC 2026",
            "Mon Jan  5 08:09:10 UTC 2026",
            "Tue Jan 5 08:09:10 UTC 2026",
            "mon Jan 5 08:09:10 UTC 2026",
            "MON JAN 5 08:09:10 UTC 2026",
            "Mo Jan 5 08:09:10 UTC 2026",
            "Mon Jän 5 08:09:10 UTC 2026",
            "lun. janv. 5 08:09:10 UTC 2026",
            "Mon Jan 5 8:09:10 UTC 2026",
            "Mon Jan 5 24:00:00 UTC 2026",
            "Mon Jan 5 08:60:10 UTC 2026",
            "Mon Jan 5 08:09:60 UTC 2026",
            "Mon Jan 5 08:09:10 GMT 2026",
            "Mon Jan 5 08:09:10 +0000 2026",
            "Mon Jan 5 08:09:10 UTC 26",
            "Mon Jan 5 08:09:10 UTC 02026",
            "Mon Jan 5 08:09:10 UTC 2026\n",
            " Mon Jan 5 08:09:10 UTC 2026",
            "Mon Jan 0 08:09:10 UTC 2026",
            "Mon Feb 30 08:09:10 UTC 2026",
            "Sun Jan 1 00:00:00 UTC 0000",
            "Mon Jan ５ 08:09:10 UTC 2026",
            "2026-01-05T08:09:10Z",
            "1767600550",
        ],
    )
    def test_any_other_form_is_refused(self, text: str) -> None:
        assert srp.timestamp_ms(text) is None


def test_a_lone_surrogate_does_no_harm() -> None:
    x = srp.private_value("p", "u\ud800", "w\udfff", 1 << 124)
    assert x > 0
    assert srp.claim(b"k" * 16, "p", "u\ud800", b"", "\ud800")
