import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import envelope
from poolkeep.crypto.envelope import EnvelopeBroken, KeyRing, Purpose, Sealer

KEY = bytes(range(32))
CONTEXT = b"users/verifier/42"
FORMS = ["seal", "seal_salted"]


def sealed_by(form: str, plaintext: bytes = b"secret") -> bytes:
    sealer = Sealer(KEY, "v1")
    made: bytes = getattr(sealer, form)(plaintext, context=CONTEXT, entropy=SeededEntropy())
    return made


@pytest.mark.parametrize("form", FORMS)
@given(
    plaintext=st.binary(max_size=2000),
    context=st.binary(max_size=100),
    key_id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64),
)
def test_what_was_sealed_opens(form: str, plaintext: bytes, context: bytes, key_id: str) -> None:
    sealer = Sealer(KEY, key_id)
    sealed = getattr(sealer, form)(plaintext, context=context, entropy=SeededEntropy())
    assert sealer.open(sealed, context=context) == plaintext
    assert envelope.key_id_of(sealed) == key_id


@pytest.mark.parametrize("form", FORMS)
def test_every_changed_byte_is_noticed(form: str) -> None:
    sealed = sealed_by(form)
    sealer, ring = Sealer(KEY, "v1"), KeyRing({"v1": KEY, "v2": bytes(32)}, "v2")
    for place in range(len(sealed)):
        for change in (1, 2, 3, 0x80, 0xFF):
            bad = sealed[:place] + bytes([sealed[place] ^ change]) + sealed[place + 1 :]
            for opener in (sealer, ring):
                with pytest.raises(EnvelopeBroken):
                    opener.open(bad, context=CONTEXT)


@pytest.mark.parametrize("form", FORMS)
def test_every_other_length_is_noticed(form: str) -> None:
    sealed = sealed_by(form)
    sealer, ring = Sealer(KEY, "v1"), KeyRing({"v1": KEY}, "v1")
    for bad in (*(sealed[:size] for size in range(len(sealed))), sealed + b"\0", sealed * 2):
        for opener in (sealer, ring):
            with pytest.raises(EnvelopeBroken):
                opener.open(bad, context=CONTEXT)


@pytest.mark.parametrize("form", FORMS)
def test_another_context_or_key_does_not_open(form: str) -> None:
    sealed = sealed_by(form)
    for context in (b"", CONTEXT + b" ", CONTEXT[:-1]):
        with pytest.raises(EnvelopeBroken):
            Sealer(KEY, "v1").open(sealed, context=context)
    for sealer in (Sealer(bytes(32), "v1"), Sealer(KEY, "v2")):
        with pytest.raises(EnvelopeBroken):
            sealer.open(sealed, context=CONTEXT)


def test_no_two_envelopes_are_alike() -> None:
    sealer, entropy = Sealer(KEY, "v1"), SeededEntropy()
    for seal in (sealer.seal, sealer.seal_salted):
        assert len({seal(b"x", context=b"", entropy=entropy) for _ in range(100)}) == 100


@pytest.mark.parametrize("key_id", ["", "x" * 65, "ü"])
def test_a_key_id_is_short_ascii(key_id: str) -> None:
    with pytest.raises(ValueError, match="key id"):
        Sealer(KEY, key_id)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(bytes(size), "v1")
    with pytest.raises(ValueError, match="32 bytes"):
        envelope.wrap_key(bytes(size), KEY, b"")


class TestPurposes:
    def test_have_unrelated_keys(self) -> None:
        keys = {envelope.purpose_key(KEY, purpose) for purpose in Purpose}
        assert len(keys) == len(Purpose)
        assert {len(key) for key in keys} == {32}

    def test_are_derived_by_hkdf(self) -> None:
        extracted = hmac.digest(bytes(32), KEY, "sha256")
        info = b"poolkeep purpose key 1: totp"
        assert envelope.purpose_key(KEY, "totp") == hmac.digest(extracted, info + b"\1", "sha256")

    def test_are_a_closed_list(self) -> None:
        with pytest.raises(ValueError, match="is not a valid Purpose"):
            envelope.purpose_key(KEY, "other")


class TestKeyRing:
    def test_opens_with_every_version_and_seals_with_the_current_one(self) -> None:
        old = KeyRing({"1": KEY}, "1")
        new = KeyRing({"1": KEY, "2": bytes(32)}, "2")
        before = old.seal(b"x", context=CONTEXT, entropy=SeededEntropy())
        after = new.seal_salted(b"x", context=CONTEXT, entropy=SeededEntropy())
        assert new.open(before, context=CONTEXT) == new.open(after, context=CONTEXT) == b"x"
        assert new.needs_rewrap(before)
        assert not new.needs_rewrap(after)
        with pytest.raises(EnvelopeBroken):
            old.open(after, context=CONTEXT)

    def test_gives_purpose_rings_that_rotate_with_it(self) -> None:
        old = KeyRing({"1": KEY}, "1").purpose("totp")
        new = KeyRing({"1": KEY, "2": bytes(32)}, "2")
        sealed = old.seal(b"x", context=b"", entropy=SeededEntropy())
        assert new.purpose("totp").open(sealed, context=b"") == b"x"
        assert new.purpose("totp") is new.purpose("totp")
        assert new.purpose("totp").key("1") == envelope.purpose_key(KEY, "totp")
        with pytest.raises(EnvelopeBroken):
            new.purpose("pii").open(sealed, context=b"")

    def test_names_its_versions(self) -> None:
        ring = KeyRing({"1": KEY, "2": bytes(32)}, "2")
        assert ring.key_ids() == ("2", "1")
        assert ring.key() == bytes(32)
        assert ring.key("1") == KEY
        with pytest.raises(EnvelopeBroken):
            ring.key("3")

    def test_has_its_current_key(self) -> None:
        with pytest.raises(ValueError, match="not in the ring"):
            KeyRing({"1": KEY}, "2")


class TestWrapping:
    @given(master=st.binary(min_size=32, max_size=32), key=st.binary(min_size=1, max_size=64))
    def test_a_wrapped_key_comes_back(self, master: bytes, key: bytes) -> None:
        wrapped = envelope.wrap_key(master, key, CONTEXT)
        assert envelope.unwrap_key(master, wrapped, CONTEXT) == key

    def test_every_change_is_noticed(self) -> None:
        wrapped = envelope.wrap_key(KEY, b"p" * 32, CONTEXT)
        bad = [
            wrapped[:place] + bytes([wrapped[place] ^ change]) + wrapped[place + 1 :]
            for place in range(len(wrapped))
            for change in (1, 0x80, 0xFF)
        ]
        bad += [wrapped[:size] for size in range(len(wrapped))] + [wrapped + b"\0"]
        for text in bad:
            with pytest.raises(EnvelopeBroken):
                envelope.unwrap_key(KEY, text, CONTEXT)

    def test_another_master_or_place_does_not_unwrap(self) -> None:
        wrapped = envelope.wrap_key(KEY, b"p" * 32, CONTEXT)
        with pytest.raises(EnvelopeBroken):
            envelope.unwrap_key(bytes(32), wrapped, CONTEXT)
        with pytest.raises(EnvelopeBroken):
            envelope.unwrap_key(KEY, wrapped, b"elsewhere")
