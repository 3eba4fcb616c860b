import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from poolkeep.base.secret import Secret
from poolkeep.wire import sigv4
from poolkeep.wire.sigv4 import Headers, IncompleteSignature, InvalidSignature, Sent
from tests.unit.wire.signing import (
    ACCESS_KEY,
    JSON_HEADERS,
    NOW_MS,
    REGION,
    SECRET,
    accept,
    changed,
    signed,
    with_headers,
)

VECTORS: Final = Path(__file__).resolve().parents[4] / "shared" / "data" / "sigv4" / "v4"


def sent_of(raw: bytes, *, normalise: bool = True) -> Sent:
    """Read a request as it is on the wire, folded lines included."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.split(b"\n")
    method, _, rest = first.partition(b" ")
    target = rest.rpartition(b" HTTP/")[0]
    path, _, query = target.partition(b"?")
    headers: list[tuple[bytes, bytes]] = []
    for line in filter(None, lines):
        if line[:1] in b" \t":
            name, value = headers.pop()
            headers.append((name, value + b" " + line))
        else:
            name, _, value = line.partition(b":")
            headers.append((name, value))
    return Sent(
        method=method.decode(),
        raw_path=path,
        raw_query=query,
        headers=headers,
        body=body,
        normalise_path=normalise,
    )


def vector_names() -> list[str]:
    return sorted(path.name for path in VECTORS.glob("*")) if VECTORS.is_dir() else []


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no signature vectors at {VECTORS}")
@pytest.mark.parametrize("form", ["header", "query"])
@pytest.mark.parametrize("name", vector_names())
def test_published_vectors(name: str, form: str) -> None:
    folder = VECTORS / name
    context = json.loads((folder / "context.json").read_text())
    sent = sent_of(
        (folder / f"{form}-signed-request.txt").read_bytes(), normalise=context["normalize"]
    )
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    assert claimed.signature == (folder / f"{form}-signature.txt").read_text().strip()
    moment = datetime.fromisoformat(context["timestamp"])
    sigv4.verify(
        claimed,
        Secret(context["credentials"]["secret_access_key"]),
        sent=sent,
        now_ms=int(moment.timestamp()) * 1000 + 60_000,
        service=context["service"],
        regions=[context["region"]],
    )


CORPUS: Final[dict[str, dict[str, Any]]] = {
    "json": {"headers": JSON_HEADERS},
    "json with a token": {"headers": JSON_HEADERS, "token": "token/with+signs=="},
    "empty body": {"body": b"", "headers": JSON_HEADERS},
    "sync": {
        "method": "GET",
        "body": b"",
        "service": "cognito-sync",
        "target": "/identitypools/eu-north-1%3A1234/identities/eu-north-1%3A12/datasets/a%2Fb"
        "?nextToken=a%2Bb%20c&maxResults=5&empty=&a=2&a=1",
    },
    "raw colon": {
        "method": "GET",
        "body": b"",
        "service": "cognito-sync",
        "target": "/identitypools/eu-north-1:1234",
    },
    "odd path": {"method": "DELETE", "body": b"", "target": "/a//b/./c/../d~_-./%C3%A9%20x/"},
    "form": {
        "service": "sts",
        "body": b"Action=GetCallerIdentity&Version=2011-06-15",
        "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    },
    "presigned": {
        "method": "GET",
        "body": b"",
        "service": "sts",
        "presigned": True,
        "target": "/?Action=GetCallerIdentity&Version=2011-06-15",
    },
    "presigned with a token": {
        "method": "GET",
        "body": b"",
        "service": "sts",
        "presigned": True,
        "token": "t/+=",
        "target": "/?Action=GetCallerIdentity&Version=2011-06-15",
    },
    "presigned with a header": {
        "method": "GET",
        "body": b"",
        "service": "sts",
        "presigned": True,
        "target": "/?Action=GetCallerIdentity&Version=2011-06-15",
        "headers": {"x-amz-client-context": "nonce"},
    },
}


@pytest.mark.parametrize("name", CORPUS)
def test_what_the_sdk_signs_is_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(
        signed(**CORPUS[name], monkeypatch=monkeypatch),
        service=CORPUS[name].get("service", "cognito-idp"),
    )


def flipped(data: bytes) -> Iterator[bytes]:
    """Yield `data` with one byte changed, for each class of byte in it."""
    seen = set()
    for at, byte in enumerate(data):
        kind = (chr(byte).isalpha(), chr(byte).isdigit(), byte)
        if kind in seen:
            continue
        seen.add(kind)
        yield data[:at] + bytes([byte + 1 if byte < 0x7A else byte - 1]) + data[at + 1 :]


def with_parts(sent: Sent, **parts: Any) -> Sent:
    fields = {name: getattr(sent, name) for name in sent.__struct_fields__}
    return Sent(**{**fields, **parts})


def mutants(sent: Sent) -> Iterator[tuple[str, Sent]]:
    """Yield requests that differ from a signed one in one thing that the signature covers."""
    yield "method", with_parts(sent, method="PUT")
    for body in (*flipped(sent.body), sent.body + b" ", sent.body[:-1]):
        if body != sent.body:
            yield "body", with_parts(sent, body=body)
    path = sent.raw_path
    for other in (*flipped(path), path + b"x", path.replace(b"%3A", b":")):
        if sigv4.canonical_path(other) != sigv4.canonical_path(path):
            yield "path", with_parts(sent, raw_path=other)
    query = sent.raw_query
    for other in (*flipped(query), query + b"&x=y", query.replace(b"=5", b"=6")):
        if other != query:
            yield "query", with_parts(sent, raw_query=other)
    for what, headers in header_mutants(sent):
        yield what, with_parts(sent, headers=headers)


def header_mutants(sent: Sent) -> Iterator[tuple[str, Headers]]:
    covered = covered_headers(sent) | {b"authorization"}
    for at, (name, value) in enumerate(sent.headers):
        if name.lower() not in covered:
            continue
        before, after = sent.headers[:at], sent.headers[at + 1 :]
        for other in flipped(value):
            if other.split() != value.split():
                yield f"header {name!r}", [*before, (name, other), *after]
        yield f"without {name!r}", [*before, *after]
        yield f"twice {name!r}", [*sent.headers, (name, value)]
    yield "another header", [*sent.headers, (b"X-Amz-Added", b"1")]


def covered_headers(sent: Sent) -> set[bytes]:
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    return {name.encode() for name in claimed.signed_headers}


@pytest.mark.parametrize("name", CORPUS)
def test_one_changed_byte_anywhere_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = CORPUS[name].get("service", "cognito-idp")
    sent = signed(**CORPUS[name], monkeypatch=monkeypatch)
    found = list(mutants(sent))
    assert len(found) > 20
    accepted = [what for what, mutant in found if is_accepted(mutant, service)]
    assert accepted == []


def is_accepted(sent: Sent, service: str) -> bool:
    try:
        claimed = sigv4.parse(sent.headers, sent.raw_query)
        if claimed is None or claimed.access_key_id != ACCESS_KEY:
            return False  # no signature, or somebody else's key
        sigv4.verify(
            claimed, Secret(SECRET), sent=sent, now_ms=NOW_MS, service=service, regions=[REGION]
        )
    except sigv4.SignatureRefused:
        return False
    return True


def test_another_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(monkeypatch=monkeypatch)
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    with pytest.raises(InvalidSignature) as caught:
        sigv4.verify(
            claimed,
            Secret("other"),
            sent=sent,
            now_ms=NOW_MS,
            service="cognito-idp",
            regions=[REGION],
        )
    assert str(caught.value) == sigv4.MISMATCH
    assert (caught.value.code, caught.value.query_code) == (
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
    )


def test_scope_must_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(monkeypatch=monkeypatch, service="sts")
    with pytest.raises(InvalidSignature) as caught:
        accept(sent, service="cognito-idp")
    assert str(caught.value) == "Credential should be scoped to correct service: 'cognito-idp'."
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    with pytest.raises(InvalidSignature) as caught:
        sigv4.verify(
            claimed, Secret(SECRET), sent=sent, now_ms=NOW_MS, service="sts", regions=["us-east-1"]
        )
    assert str(caught.value) == "Credential should be scoped to a valid region."


def test_scope_date_must_be_the_day_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(monkeypatch=monkeypatch)
    headers = changed(
        sent.headers, b"authorization", lambda v: v.replace(b"/20270115/", b"/20270114/")
    )
    with pytest.raises(InvalidSignature, match="Date in Credential scope does not match"):
        accept(with_headers(sent, headers))


@pytest.mark.parametrize("presigned", [False, True])
@pytest.mark.parametrize(
    "late_ms,accepted", [(0, True), (899_000, True), (900_000, True), (901_000, False)]
)
def test_a_clock_may_be_15_minutes_ahead(
    late_ms: int, accepted: bool, presigned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = signed(presigned=presigned, monkeypatch=monkeypatch, at_ms=NOW_MS + late_ms)
    if accepted:
        accept(sent)
    else:
        with pytest.raises(InvalidSignature) as caught:
            accept(sent)
        assert str(caught.value) == (
            "Signature not yet current: 20270115T081501Z is still later than 20270115T081500Z "
            "(20270115T080000Z + 15 min.)"
        )


def test_a_clock_may_be_15_minutes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    accept(signed(monkeypatch=monkeypatch, at_ms=NOW_MS - 900_000))
    with pytest.raises(InvalidSignature) as caught:
        accept(signed(monkeypatch=monkeypatch, at_ms=NOW_MS - 901_000))
    assert str(caught.value) == (
        "Signature expired: 20270115T074459Z is now earlier than 20270115T074500Z "
        "(20270115T080000Z - 15 min.)"
    )


def test_a_presigned_url_lives_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(presigned=True, expires=7200, monkeypatch=monkeypatch)
    accept(sent, now_ms=NOW_MS + 7_200_000)
    with pytest.raises(InvalidSignature, match=r"Signature expired: .* - 120 min"):
        accept(sent, now_ms=NOW_MS + 7_201_000)


@pytest.mark.parametrize("expires", ["0", "604801", "-1", "1.5", "", "abc", "1000000000"])
def test_a_presigned_life_is_bounded(expires: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(presigned=True, monkeypatch=monkeypatch)
    query = sent.raw_query.replace(b"X-Amz-Expires=600", f"X-Amz-Expires={expires}".encode())
    with pytest.raises(IncompleteSignature):
        sigv4.parse(sent.headers, query)


def test_a_token_added_after_signing_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(monkeypatch=monkeypatch)
    added = with_headers(sent, [*sent.headers, (b"X-Amz-Security-Token", b"tok")])
    accept(added)
    claimed = sigv4.parse(added.headers, b"")
    assert claimed is not None
    assert claimed.session_token == "tok"


def test_a_declared_payload_hash_must_be_the_bodys(monkeypatch: pytest.MonkeyPatch) -> None:
    for declared in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64):
        sent = signed(headers={"X-Amz-Content-SHA256": declared}, monkeypatch=monkeypatch)
        with pytest.raises(InvalidSignature):
            accept(sent)


def test_the_date_header_serves_when_it_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = signed(monkeypatch=monkeypatch)
    headers = [(n, v) for n, v in sent.headers if n.lower() != b"x-amz-date"]
    headers.append((b"Date", b"Fri, 15 Jan 2027 08:00:00 GMT"))
    unsigned_date = with_headers(sent, headers)
    claimed = sigv4.parse(headers, b"")
    assert claimed is not None
    assert claimed.stamp == "20270115T080000Z"
    with pytest.raises(InvalidSignature):
        accept(unsigned_date)
