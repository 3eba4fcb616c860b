from contextlib import suppress
from pathlib import Path

import pytest

from poolkeep.wire import codec
from poolkeep.wire.constraints import SerializationRefused
from poolkeep.wire.service import load

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "data" / "json"
OPERATION = load("cognito-idp").operations["DescribeUserPool"]


def vectors(kind: str) -> list[Path]:
    return sorted(VECTORS.glob(f"{kind}_*.json"))


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no JSON test suite at {VECTORS}")
class TestSuite:
    def test_it_is_there(self) -> None:
        assert len(vectors("n")) > 100

    @pytest.mark.parametrize("path", vectors("n"), ids=lambda path: path.stem)
    def test_invalid_json_is_refused(self, path: Path) -> None:
        body = path.read_bytes()
        with pytest.raises(SerializationRefused):
            codec.json_object(b'{"member":' + body + b"}")
        if body:  # nothing at all is an empty object on this wire
            with pytest.raises(SerializationRefused):
                codec.json_object(body)

    @pytest.mark.parametrize("path", vectors("y"), ids=lambda path: path.stem)
    def test_valid_json_is_read(self, path: Path) -> None:
        assert "member" in codec.json_object(b'{"member":' + path.read_bytes() + b"}")

    @pytest.mark.parametrize("path", vectors("i"), ids=lambda path: path.stem)
    def test_doubtful_json_is_read_or_refused(self, path: Path) -> None:
        with suppress(SerializationRefused):
            codec.json_object(b'{"member":' + path.read_bytes() + b"}")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b" ",
        b"{} x",
        b"{}{}",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        '{"UserPoolId":"é"}'.encode("latin-1"),
        b'{"UserPoolId":"\\ud800"}',
        b'{"UserPoolId":"\\udc00\\ud800"}',
        b'{"UserPoolId":"\xed\xa0\x80"}',
        b'{"x":NaN}',
        b'{"x":Infinity}',
        b'{"x":1e999}',
        b'{"x":-1e999}',
        b'{"x":' + b"9" * 1_000_000 + b"}",
        b'{"x":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x":' * 100_000,
        b"{'x':1}",
        b'{"x":1,}',
        b'{"x":"\x01"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_one_strict_object_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationRefused) as caught:
        codec.decode(OPERATION, body)
    assert caught.value.code == "SerializationException"


def test_the_last_of_duplicate_keys_wins() -> None:
    assert codec.json_object(b'{"a":1,"a":2}') == {"a": 2}


def test_an_empty_body_is_an_empty_object() -> None:
    assert codec.json_object(b"") == {}


def test_a_million_keys_are_ignored_quickly() -> None:
    body = b"{" + b",".join(b'"k%d":1' % i for i in range(100_000)) + b',"UserPoolId":"r_a"}'
    assert codec.decode(OPERATION, body) is not None


def test_a_document_may_be_deep_but_not_bottomless() -> None:
    operation = load("cognito-idp").operations["CreateManagedLoginBranding"]
    deep = b'{"UserPoolId":"r_a","ClientId":"c","Settings":%s}'
    codec.decode(operation, deep % (b"[" * 50 + b"]" * 50))
    with pytest.raises(SerializationRefused):
        codec.decode(operation, deep % (b"[" * 400 + b"]" * 400))
