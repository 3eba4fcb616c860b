import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.crypto import base64url


@given(data=st.binary(max_size=300))
def test_every_bytes_have_one_spelling(data: bytes) -> None:
    spelled = base64url.encode(data)
    assert spelled == base64.urlsafe_b64encode(data).rstrip(b"=")
    assert base64url.decode(spelled) == data


@given(text=st.binary(max_size=12))
def test_what_decodes_is_canonical(text: bytes) -> None:
    try:
        data = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(data) == text


def test_of_all_two_character_texts_only_the_canonical_are_read() -> None:
    read = 0
    for pair in itertools.product(range(256), repeat=2):
        try:
            base64url.decode(bytes(pair))
        except ValueError:
            continue
        read += 1
    assert read == 256  # one for each byte


@pytest.mark.parametrize(
    "text", [b"A", b"AAAAA", b"AA==", b"AAA=", b"AB", b"AAB", b"A A", b"AAAA\n", b"++++", b"////"]
)
def test_other_spellings_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  binascii has its own words
        base64url.decode(text)
