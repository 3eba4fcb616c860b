import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import modexp, passwords, srp
from poolkeep.crypto.group import N
from poolkeep.crypto.passwords import StoredVerifier

KEY = b"k" * 32


class Zeros:
    def bytes(self, count: int) -> bytes:
        return bytes(count)


@settings(max_examples=20, deadline=None)
@given(password=st.text(), other=st.text())
def test_only_the_password_itself_is_accepted(password: str, other: str) -> None:
    stored = passwords.make_verifier(SeededEntropy(), "AbC", "alice", password)
    assert passwords.check_verifier(stored, "AbC", "alice", password)
    assert passwords.check_verifier(stored, "AbC", "alice", other) == (password == other)


def test_a_verifier_belongs_to_one_user_of_one_pool() -> None:
    stored = passwords.make_verifier(SeededEntropy(), "AbC", "alice", "Passw0rd!")
    assert not passwords.check_verifier(stored, "AbC", "bob", "Passw0rd!")
    assert not passwords.check_verifier(stored, "AbD", "alice", "Passw0rd!")


def test_composed_and_decomposed_letters_are_different_passwords() -> None:
    stored = passwords.make_verifier(SeededEntropy(), "AbC", "alice", "caf\u00e9")
    assert not passwords.check_verifier(stored, "AbC", "alice", "cafe\u0301")


def test_the_same_password_has_another_verifier_each_time() -> None:
    entropy = SeededEntropy()
    made = [passwords.make_verifier(entropy, "AbC", "alice", "Passw0rd!") for _ in range(3)]
    assert len({stored.v for stored in made}) == 3


def test_a_salt_has_32_hex_digits_whatever_chance_says() -> None:
    entropy = SeededEntropy()
    salts = [passwords.make_verifier(entropy, "A", "u", "p").salt for _ in range(40)]
    salts += [passwords.make_verifier(Zeros(), "A", "u", "p").salt]
    salts += [passwords.decoy_verifier(KEY, f"user{n}").salt for n in range(200)]
    assert {len(f"{salt:x}") for salt in salts} == {32}


@given(salt=st.integers(1, 2**512 - 1), v=st.integers(1, N - 1))
def test_the_stored_form_is_read_back(salt: int, v: int) -> None:
    stored = StoredVerifier(salt, v)
    assert StoredVerifier.decode(stored.encode()) == stored


@pytest.mark.parametrize(
    "stored", [StoredVerifier(1, 0), StoredVerifier(1, N), StoredVerifier(1 << 512, 1)]
)
def test_numbers_out_of_range_are_not_stored(stored: StoredVerifier) -> None:
    with pytest.raises(ValueError, match="range"):
        stored.encode()


def test_a_stored_form_that_we_never_write_is_refused() -> None:
    good = StoredVerifier(1 << 124, 5).encode()
    longer_salt = good[:1] + bytes([17, 0]) + good[2:]
    for bad in (b"", b"\x01", good[:-1], good + b"\0", b"\x02" + good[1:], longer_salt):
        with pytest.raises(ValueError, match=r"verifier|range"):
            StoredVerifier.decode(bad)


def test_a_verifier_is_never_shown() -> None:
    stored = StoredVerifier(1 << 124, 0xABCDEF)
    assert "abcdef" not in repr(stored).lower()
    assert str(0xABCDEF) not in repr(stored)


class TestDecoy:
    def test_is_stable_for_the_same_name(self) -> None:
        assert passwords.decoy_verifier(KEY, "nobody") == passwords.decoy_verifier(KEY, "nobody")

    def test_differs_by_name_and_by_key(self) -> None:
        decoys = [
            passwords.decoy_verifier(key, name)
            for key in (KEY, b"l" * 32)
            for name in ("nobody", "Nobody", "")
        ]
        assert len({decoy.salt for decoy in decoys}) == len({decoy.v for decoy in decoys}) == 6

    def test_can_be_challenged_stored_and_checked_like_a_user(self) -> None:
        decoy = passwords.decoy_verifier(KEY, "nobody")
        assert 0 < decoy.v < N
        assert StoredVerifier.decode(decoy.encode()) == decoy
        assert srp.start(SeededEntropy(), decoy.v).B > 0
        assert not passwords.check_verifier(decoy, "AbC", "nobody", "Passw0rd!")

    def test_costs_no_exponentiation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(modexp, "best", lambda: pytest.fail("an exponentiation"))
        monkeypatch.setattr(modexp, "generator_power", lambda _: pytest.fail("a power"))
        passwords.decoy_verifier(KEY, "nobody")

    def test_of_a_pool_without_srp_is_a_hash_of_todays_cost(self) -> None:
        phc = passwords.decoy_argon2(KEY, "nobody")
        assert phc == passwords.decoy_argon2(KEY, "nobody")
        assert passwords.argon2_is_current(phc)
        assert not passwords.check_argon2(phc, "Passw0rd!")


class TestArgon2:
    def test_accepts_the_password_only(self) -> None:
        phc = passwords.make_argon2(SeededEntropy(), "Pässw0rd!")
        assert phc.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert passwords.check_argon2(phc, "Pässw0rd!")
        assert not passwords.check_argon2(phc, "Pässw0rd")
        assert passwords.argon2_is_current(phc)

    def test_accepts_an_imported_hash_of_another_cost(self) -> None:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        phc = Argon2id(
            salt=b"saltsalt", length=32, iterations=1, lanes=1, memory_cost=64
        ).derive_phc_encoded(b"secret")
        assert passwords.check_argon2(phc, "secret")
        assert not passwords.argon2_is_current(phc)

    @pytest.mark.parametrize(
        "phc",
        [
            "",
            "Passw0rd!",
            "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=999,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=99$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA\n",
        ],
    )
    def test_refuses_a_hash_that_we_do_not_take(self, phc: str) -> None:
        assert not passwords.check_argon2(phc, "Passw0rd!")

    def test_takes_any_text(self) -> None:
        phc = passwords.make_argon2(SeededEntropy(), "\0\ud800")
        assert passwords.check_argon2(phc, "\0\ud800")
        assert not passwords.check_argon2(phc, "\0")
