import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import compact
from poolkeep.crypto.envelope import EnvelopeBroken

KEY = bytes(range(32))
CONTEXT = b"us-east-1_AbCdEfGhI"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def the_key(_: str) -> bytes:
    return KEY


def token(plaintext: bytes = b"origin and user", key_id: str = "7") -> str:
    return compact.seal_compact(KEY, plaintext, CONTEXT, SeededEntropy(), key_id)


@given(plaintext=st.binary(max_size=5000), context=st.binary(max_size=100), seed=st.text())
def test_what_was_sealed_opens(plaintext: bytes, context: bytes, seed: str) -> None:
    text = compact.seal_compact(KEY, plaintext, context, SeededEntropy(repr(seed)))
    assert compact.open_compact(the_key, text, context) == plaintext
    assert compact.has_compact_shape(text)


def test_it_looks_like_cognitos() -> None:
    segments = token(b"x" * 300).split(".")
    header = json.loads(base64.urlsafe_b64decode(segments[0] + "=="))
    assert header == {"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}
    assert len(segments) == 5
    assert len(token(b"x" * 300)) < 600


@pytest.mark.parametrize("name", ["2026-11", ""])
def test_it_names_its_key(name: str) -> None:
    asked = []

    def key_of(key_id: str) -> bytes:
        asked.append(key_id)
        return KEY

    compact.open_compact(key_of, token(key_id=name), CONTEXT)
    assert asked == [name]


def test_no_two_are_alike() -> None:
    entropy = SeededEntropy()
    made = {compact.seal_compact(KEY, b"x", b"", entropy) for _ in range(100)}
    assert len({text.split(".")[1] for text in made}) == 100


def test_every_other_character_in_every_place_is_refused() -> None:
    good = token()
    for place, character in enumerate(good):
        for other in ALPHABET + ".=+/ \n":
            if other != character:
                with pytest.raises(EnvelopeBroken):
                    compact.open_compact(the_key, good[:place] + other + good[place + 1 :], CONTEXT)


def test_every_missing_or_additional_character_is_refused() -> None:
    good = token()
    bad = [good[:place] + good[place + 1 :] for place in range(len(good))]
    bad += [good[:place] for place in range(len(good))]
    bad += [
        good[:place] + other + good[place:] for place in range(len(good) + 1) for other in "A.="
    ]
    bad += [good + good, good + "." + good, good * 2 + "\n"]
    for text in bad:
        with pytest.raises(EnvelopeBroken):
            compact.open_compact(the_key, text, CONTEXT)
        with pytest.raises(EnvelopeBroken):
            compact.open_compact(the_key, text.replace("==", "="), CONTEXT)


def test_segments_of_two_tokens_do_not_mix() -> None:
    entropy = SeededEntropy()
    one = compact.seal_compact(KEY, b"a" * 20, CONTEXT, entropy).split(".")
    two = compact.seal_compact(KEY, b"b" * 20, CONTEXT, entropy).split(".")
    for place in range(1, 5):
        mixed = [*one[:place], two[place], *one[place + 1 :]]
        with pytest.raises(EnvelopeBroken):
            compact.open_compact(the_key, ".".join(mixed), CONTEXT)


def test_another_key_or_context_does_not_open() -> None:
    with pytest.raises(EnvelopeBroken):
        compact.open_compact(lambda _: bytes(32), token(), CONTEXT)
    with pytest.raises(EnvelopeBroken):
        compact.open_compact(the_key, token(), CONTEXT + b"x")


@pytest.mark.parametrize(
    "text",
    ["", ".", "....", "a.b.c", "eyJ.eyJ.x", "A" * 20_000, "ü", "\ud800", "....\n", "null", "{}"],
)
def test_other_texts_are_refused(text: str) -> None:
    assert not compact.has_compact_shape(text)
    with pytest.raises(EnvelopeBroken):
        compact.open_compact(the_key, text, CONTEXT)


def test_a_signed_token_is_not_taken_for_one() -> None:
    assert not compact.has_compact_shape("eyJhbGciOiJSUzI1NiJ9.e30.AAAA")


def test_too_much_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="too much"):
        token(bytes(13_000))
    with pytest.raises(ValueError, match="64 characters"):
        token(key_id="x" * 65)
