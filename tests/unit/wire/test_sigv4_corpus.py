"""The requests of tests/golden/sigv4, which botocore signed: taken whole, and in no other form."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import pytest

from poolkeep.base.secret import Secret
from poolkeep.wire import sigv4
from poolkeep.wire.sigv4 import Headers, Sent, SignatureRefused, SignedRequest
from tests.unit.wire import sigv4_cases
from tests.unit.wire.sigv4_cases import (
    ACCESS_KEY,
    EXPIRES_S,
    NOW_MS,
    REGION,
    SECRET,
    TOKEN,
    Signed,
    kept,
)

MINUTE_MS: Final = 60_000
BODY_MAX: Final = 1_000
"""Of longer bodies not every byte is changed."""

CASES: Final = {case.name: case for case in kept()}
GOOD: Final = [case for case in CASES.values() if not case.refused]
each_good: Final = pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)


def claims_of(sent: Sent) -> SignedRequest:
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    assert claimed.access_key_id == ACCESS_KEY
    return claimed


def accept(case: Signed, sent: Sent | None = None, **changes: Any) -> None:
    told = sent or case.sent()
    asked = {"now_ms": NOW_MS, "service": case.service, "regions": [REGION], **changes}
    sigv4.verify(claims_of(told), Secret(SECRET), sent=told, **asked)


def is_accepted(case: Signed, sent: Sent) -> bool:
    try:
        claimed = sigv4.parse(sent.headers, sent.raw_query)
        if claimed is None or claimed.access_key_id != ACCESS_KEY:
            return False  # no signature, or somebody else's key
        accept(case, sent)
    except SignatureRefused:
        return False
    return True


def test_the_file_holds_what_botocore_signs() -> None:
    told = "python -m tests.unit.wire.sigv4_cases writes it anew"
    assert sigv4_cases.FILE.read_text() == sigv4_cases.generated(), told
    assert len(CASES) == len(kept()) > 90


@each_good
def test_what_botocore_signs_is_taken(case: Signed) -> None:
    accept(case)
    assert claims_of(case.sent()).session_token == (case.token or None)


@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.refused], ids=lambda case: case.name
)
def test_no_service_of_ours_leaves_a_body_unsigned(case: Signed) -> None:
    with pytest.raises(SignatureRefused):
        accept(case)


# -- changed on the way


def replace(sent: Sent, **parts: Any) -> Sent:
    return msgspec.structs.replace(sent, **parts)


def changed(data: bytes) -> Iterator[bytes]:
    """Yield `data` with one byte changed, for every byte: to its neighbour, and to its case."""
    for at, byte in enumerate(data):
        for bit in (0x01, 0x20):
            yield data[:at] + bytes((byte ^ bit,)) + data[at + 1 :]


def meaning(sent: Sent) -> tuple[object, ...]:
    """Return what a request says, in the words of another library than ours."""
    steps = sent.raw_path.decode("latin-1")
    plain = posixpath.normpath("/" + steps.lstrip("/"))
    folder = steps.endswith("/") and plain != "/"
    query = parse_qsl(sent.raw_query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return sent.method, plain, folder, Counter(query), sent.body


def mutants(sent: Sent) -> Iterator[tuple[str, Sent]]:
    """Yield requests in which one byte of what is signed is another one."""
    for method in changed(sent.method.encode()):
        yield "method", replace(sent, method=method.decode("latin-1"))
    for path in changed(sent.raw_path):
        yield "path", replace(sent, raw_path=path)
    for query in changed(sent.raw_query):
        yield "query", replace(sent, raw_query=query)
    for body in changed(sent.body[:BODY_MAX]):
        yield "body", replace(sent, body=body + sent.body[BODY_MAX:])
    for body in (sent.body + b"\0", sent.body[:-1]):
        yield "length", replace(sent, body=body)


def header_mutants(sent: Sent, *covered: str) -> Iterator[tuple[str, Headers]]:
    for at, (name, value) in enumerate(sent.headers):
        if name.decode().lower() not in covered:
            continue
        before, after = sent.headers[:at], sent.headers[at + 1 :]
        for other in changed(value):
            if other.split() != value.split():
                yield f"{name!r}: {other!r}", [*before, (name, other), *after]
        for other in changed(name):
            if other.lower() != name.lower():
                yield f"{other!r}", [*before, (other, value), *after]
        yield f"without {name!r}", [*before, *after]
        yield f"{name!r} twice", [*sent.headers, (name, value)]


@each_good
def test_a_byte_changed_on_the_way_is_seen(case: Signed) -> None:
    sent = case.sent()
    said = meaning(sent)
    other = [(what, mutant) for what, mutant in mutants(sent) if meaning(mutant) != said]
    assert len(other) > 2 * len(sent.method)
    assert [(what, mutant) for what, mutant in other if is_accepted(case, mutant)] == []


@each_good
def test_a_header_changed_on_the_way_is_seen(case: Signed) -> None:
    sent = case.sent()
    covered = (*claims_of(sent).signed_headers, "authorization")
    found = list(header_mutants(sent, *covered))
    assert len(found) > len(covered)
    accepted = [
        what for what, headers in found if is_accepted(case, replace(sent, headers=headers))
    ]
    assert accepted == []


@each_good
def test_nothing_is_added_on_the_way(case: Signed) -> None:
    sent = case.sent()
    for name in (b"X-Amz-Added", b"x-amz-date", b"X-Amz-Target", b"X-Amz-Content-Sha256"):
        headers = [*sent.headers, (name, b"20270115T080000Z")]
        assert not is_accepted(case, replace(sent, headers=headers)), name
    for more in (b"&a=new", b"&X-Amz-Date=20270115T080000Z", b"&X-Amz-Signature=" + b"0" * 64):
        assert not is_accepted(case, replace(sent, raw_query=sent.raw_query + more)), more


@each_good
def test_what_means_the_same_is_the_same(case: Signed) -> None:
    """Proxies fold blanks and change the case of names; neither is forgery."""
    sent = case.sent()
    headers = [(name.swapcase(), b"  " + value.strip() + b"\t ") for name, value in sent.headers]
    accept(case, replace(sent, headers=headers))
    accept(case, replace(sent, headers=[*sent.headers, (b"Via", b"1.1 proxy")]))


# -- for something else


@each_good
def test_a_signature_is_for_one_service_and_region_and_time(case: Signed) -> None:
    presigned = claims_of(case.sent()).presigned
    life_ms = EXPIRES_S * 1_000 if presigned else 15 * MINUTE_MS
    accept(case, now_ms=NOW_MS + life_ms)
    accept(case, now_ms=NOW_MS - 15 * MINUTE_MS)
    wrong: list[dict[str, Any]] = [
        {"service": "s3"},
        {"service": "cognito"},
        {"regions": ["us-east-1"]},
        {"regions": []},
        {"regions": [REGION.upper()]},
        {"now_ms": NOW_MS + life_ms + 1_000},
        {"now_ms": NOW_MS - 15 * MINUTE_MS - 1_000},
        {"now_ms": NOW_MS + 24 * 60 * MINUTE_MS},
    ]
    for changes in wrong:
        with pytest.raises(SignatureRefused):
            accept(case, **changes)


@each_good
def test_another_scope_is_another_signature(case: Signed) -> None:
    """Whoever rewrites the scope must sign anew."""
    sent = case.sent()
    scope = f"20270115/{REGION}/{case.service}/aws4_request"
    others = {
        f"20270114/{REGION}/{case.service}/aws4_request",
        f"20270115/eu-west-1/{case.service}/aws4_request",
        f"20270115/{REGION}/other/aws4_request",
        f"20270115/{REGION}/{case.service}/aws5_request",
        f"20270115/{REGION}/{case.service}",
    }
    for other in others:
        pairs = [(scope, other), (scope.replace("/", "%2F"), other.replace("/", "%2F"))]
        query, headers = sent.raw_query.decode(), list(sent.headers)
        for old, new in pairs:
            query = query.replace(old, new)
            headers = [(n, v.replace(old.encode(), new.encode())) for n, v in headers]
        mutant = replace(sent, raw_query=query.encode(), headers=headers)
        assert mutant != sent
        try:
            claimed = sigv4.parse(mutant.headers, mutant.raw_query)
            assert claimed is not None
            sigv4.verify(
                claimed, Secret(SECRET), sent=mutant, now_ms=NOW_MS, service=claimed.service,
                regions=[claimed.region],
            )  # fmt: skip
        except SignatureRefused:
            continue
        raise AssertionError(other)


@each_good
def test_no_header_is_left_out_of_the_list(case: Signed) -> None:
    """A list without one of its names is refused, whatever the signature over the rest says."""
    sent = case.sent()
    names = claims_of(sent).signed_headers
    for name in names:
        fewer = [each for each in names if each != name]
        for glue in (";", "%3B"):
            old, new = glue.join(names), glue.join(fewer)
            query = sent.raw_query.replace(
                f"SignedHeaders={old}&".encode(), f"SignedHeaders={new}&".encode()
            )
            headers = [
                (n, v.replace(f"SignedHeaders={old},".encode(), f"SignedHeaders={new},".encode()))
                for n, v in sent.headers
            ]
            mutant = replace(sent, raw_query=query, headers=headers)
            if mutant != sent:
                assert not is_accepted(case, mutant), (name, glue)


@pytest.mark.parametrize("case", [case for case in GOOD if case.token], ids=lambda case: case.name)
def test_a_token_goes_with_its_request(case: Signed) -> None:
    """A signed token is neither taken away nor exchanged."""
    sent = case.sent()
    assert claims_of(sent).session_token == TOKEN
    for value in (b"", b"other", TOKEN.encode()[:-1]):
        headers = [
            (name, value if name.lower() == b"x-amz-security-token" else old)
            for name, old in sent.headers
        ]
        pairs = [
            b"X-Amz-Security-Token=" + value if pair.startswith(b"X-Amz-Security-Token") else pair
            for pair in sent.raw_query.split(b"&")
        ]
        mutant = replace(sent, headers=headers, raw_query=b"&".join(pairs))
        assert not is_accepted(case, mutant), value
