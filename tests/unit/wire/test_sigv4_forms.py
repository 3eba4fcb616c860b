from typing import Final

import pytest

from poolkeep.wire import sigv4
from poolkeep.wire.sigv4 import Headers, IncompleteSignature, InvalidSignature

AUTHORIZATION: Final = (
    "AWS4-HMAC-SHA256 Credential=AK/20270115/r/s/aws4_request, SignedHeaders=host;x-amz-date, "
    "Signature=" + "0" * 64
)
DATED: Final = (b"x-amz-date", b"20270115T080000Z")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer abc",
        "Basic YTpi",
        "AWS AKID:signature",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA512 " + AUTHORIZATION.partition(" ")[2],
        "AWS4-ECDSA-P256-SHA256 " + AUTHORIZATION.partition(" ")[2],
        AUTHORIZATION.replace("Credential=", "Cred="),
        AUTHORIZATION.replace("AK/", ""),
        AUTHORIZATION.replace("AK/", "/"),
        AUTHORIZATION.replace("AK/", "A/K/"),
        AUTHORIZATION.replace("SignedHeaders=host;x-amz-date, ", ""),
        AUTHORIZATION.replace("host;", "Host;"),
        AUTHORIZATION.replace("host;", "host;host;"),
        AUTHORIZATION.replace("host;x-amz-date", ""),
        AUTHORIZATION.partition(", Signature")[0],
        AUTHORIZATION + ", Signature=1",
        AUTHORIZATION + ", Extra=1",
    ],
)
def test_an_incomplete_header_is_refused(value: str) -> None:
    with pytest.raises(IncompleteSignature) as caught:
        sigv4.parse([(b"Authorization", value.encode()), DATED], b"")
    assert caught.value.code == "IncompleteSignatureException"
    assert caught.value.query_code == "IncompleteSignature"
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    "headers,query",
    [
        ([(b"Authorization", AUTHORIZATION.encode())] * 2 + [DATED], b""),
        ([(b"Authorization", AUTHORIZATION.encode())], b""),
        ([(b"Authorization", AUTHORIZATION.encode()), DATED, DATED], b""),
        ([(b"Authorization", AUTHORIZATION.encode()), (b"date", b"yesterday")], b""),
        ([(b"Authorization", AUTHORIZATION.encode()), DATED], b"X-Amz-Signature=1"),
        ([], b"X-Amz-Signature=1"),
        ([], b"X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        ([], b"AWSAccessKeyId=AK&Signature=x&SignatureVersion=2"),
    ],
)
def test_a_doubled_or_partial_signature_is_refused(headers: Headers, query: bytes) -> None:
    with pytest.raises(IncompleteSignature):
        sigv4.parse(headers, query)


def test_a_request_without_signature_claims_nothing() -> None:
    assert sigv4.parse([(b"host", b"x")], b"a=b&X-Amz-Other=1") is None


@pytest.mark.parametrize("form", ["{}", "{} ", AUTHORIZATION.replace(", ", ",")])
def test_blanks_after_commas_do_not_matter(form: str) -> None:
    value = form.replace("{}", AUTHORIZATION).encode()
    claimed = sigv4.parse([(b"AUTHORIZATION", value), DATED], b"")
    assert claimed is not None
    assert claimed.signed_headers == ("host", "x-amz-date")
    assert not claimed.presigned


def test_a_wrong_terminator_is_named() -> None:
    value = AUTHORIZATION.replace("aws4_request", "aws5_request").encode()
    with pytest.raises(InvalidSignature, match="valid terminator: 'aws4_request'"):
        sigv4.parse([(b"authorization", value), DATED], b"")


@pytest.mark.parametrize(
    "raw,expected",
    [
        (b"", b"/"),
        (b"/", b"/"),
        (b"/a/../b", b"/b"),
        (b"/../..", b"/"),
        (b"/a/.", b"/a"),
        (b"/a/b/../", b"/a/"),
        (b"//a///b/", b"/a/b/"),
        (b"/a%3Ab", b"/a%253Ab"),
        (b"/a:b", b"/a%3Ab"),
        ("/é~".encode(), b"/%C3%A9~"),
    ],
)
def test_paths_are_normalised_and_encoded_again(raw: bytes, expected: bytes) -> None:
    assert sigv4.canonical_path(raw) == expected


@pytest.mark.parametrize(
    "raw,expected",
    [
        (b"", b""),
        (b"b=1&a=2&a=1", b"a=1&a=2&b=1"),
        (b"a", b"a="),
        (b"a=&&b", b"a=&b="),
        (b"a=%3a+%20~", b"a=%3A%20%20~"),
        (b"a=b=c", b"a=b%3Dc"),
        (b"a=%zz", b"a=%25zz"),
        (b"X-Amz-Signature=1&a=2", b"a=2"),
    ],
)
def test_queries_are_sorted_and_uniformly_encoded(raw: bytes, expected: bytes) -> None:
    assert sigv4.canonical_query(raw) == expected
