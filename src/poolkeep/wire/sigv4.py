"""Signature Version 4: what a request claims, and whether it is so.

    parse(headers, raw_query) ──▶ SignedRequest ──▶ verify(…) ──▶ nothing, or SignatureRefused

Pure: the secret, the time and the request are arguments. Everything is computed from the request
as it was sent: raw path, raw query, headers in order, the real body. A signature covers the host
and every x-amz- header that is present, so nothing that we act upon can be added afterwards; only
the session token may, which proves itself. Who owns a key, and whether a session token fits it,
is the caller's to know. Source: docs/behaviours/wire.md.
"""

import functools
import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final, TypeAlias
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec

from poolkeep.base.refusal import Refusal
from poolkeep.base.secret import Secret, constant_time_equal

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
SKEW_MS: Final = 15 * 60 * 1000
EXPIRES_S_MAX: Final = 604_800
DERIVED_MAX: Final = 1_024
_SIGNATURE: Final = re.compile("[0-9a-f]{64}")
_STAMP: Final = re.compile("[0-9]{8}T[0-9]{6}Z")
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_SCOPE_DATE: Final = re.compile("[0-9]{8}")
_PARTS: Final = ("Credential", "SignedHeaders", "Signature")
# An SDK may add the token after signing; it must belong to the key, which the caller checks.
_MAY_BE_UNSIGNED: Final = frozenset({"x-amz-security-token"})

MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)


class SignatureRefused(Refusal):
    """A request whose signature cannot be accepted. `query_code` is what STS and IAM call it."""

    code = "InvalidSignatureException"
    query_code: ClassVar[str] = "SignatureDoesNotMatch"


class InvalidSignature(SignatureRefused):
    """The signature, its date or its scope is wrong."""


class IncompleteSignature(SignatureRefused):
    """The signature lacks a part, or is of another kind than we verify."""

    code = "IncompleteSignatureException"
    query_code = "IncompleteSignature"


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature claims; nothing of it is proven before `verify`."""

    access_key_id: str
    scope_date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    session_token: str | None = None
    expires_s: int | None = None

    @property
    def presigned(self) -> bool:
        """Tell whether the signature is in the query string."""
        return self.expires_s is not None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was sent; `normalise_path` is false only for services like S3."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Headers
    body: bytes
    normalise_path: bool = True


def parse(headers: Headers, raw_query: bytes) -> SignedRequest | None:
    """Return what the request's signature claims; None when it carries none.

    Raises IncompleteSignature for a signature of another kind, or one with parts missing, doubled
    or malformed.
    """
    authorization = _values(headers, b"authorization")
    query = _parameters(raw_query)
    in_query = [name for name, _ in query if name.startswith(b"X-Amz-")]
    old = {b"AWSAccessKeyId", b"SignatureVersion"} & {name for name, _ in query}
    if old or (authorization and (len(authorization) > 1 or b"X-Amz-Signature" in in_query)):
        raise IncompleteSignature("A request must carry exactly one signature of version 4.")
    if authorization:
        return _from_header(authorization[0], headers)
    if b"X-Amz-Signature" in in_query or b"X-Amz-Algorithm" in in_query:
        return _from_query(query)
    return None


def _from_header(value: bytes, headers: Headers) -> SignedRequest:
    """Return the claims of an Authorization header."""
    algorithm, _, rest = value.decode("latin-1").strip().partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Authorization header requires the algorithm {ALGORITHM}.")
    given: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, text = part.strip().partition("=")
        if not equals or name in given or name not in _PARTS:
            raise IncompleteSignature("Authorization header has an unknown or repeated parameter.")
        given[name] = text
    missing = [f"'{name}'" for name in _PARTS if not given.get(name)]
    if missing:
        text = " ".join(f"Authorization header requires {name} parameter." for name in missing)
        raise IncompleteSignature(text)
    return _claims(
        given["Credential"],
        given["SignedHeaders"],
        signature=given["Signature"],
        stamp=_header_stamp(headers),
        session_token=_single(headers, b"x-amz-security-token"),
        expires_s=None,
    )


def _header_stamp(headers: Headers) -> str:
    """Return the request's time as the string to sign spells it."""
    stamp = _single(headers, b"x-amz-date") or _single(headers, b"date")
    if stamp is None:
        raise IncompleteSignature(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if _STAMP.fullmatch(stamp):
        return stamp
    try:
        moment = parsedate_to_datetime(stamp)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).strftime(_FORMAT)
    except (ValueError, OverflowError) as error:
        raise IncompleteSignature("Date must be in ISO-8601 'basic format'.") from error


def _from_query(query: list[tuple[bytes, bytes]]) -> SignedRequest:
    """Return the claims of a presigned URL."""
    given: dict[str, str] = {}
    for raw_name, raw_value in query:
        name = unquote_to_bytes(raw_name).decode("latin-1")
        if name.startswith("X-Amz-"):
            if name in given:
                raise IncompleteSignature("A signature parameter is repeated.")
            given[name] = unquote_to_bytes(raw_value).decode("latin-1")
    wanted = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    missing = [f"X-Amz-{name}" for name in wanted if not given.get(f"X-Amz-{name}")]
    if missing or given["X-Amz-Algorithm"] != ALGORITHM:
        parts = ", ".join(missing) or f"the algorithm {ALGORITHM}"
        raise IncompleteSignature(f"The query string requires {parts}.")
    expires = given["X-Amz-Expires"]
    if not re.fullmatch("[0-9]{1,6}", expires) or not 1 <= int(expires) <= EXPIRES_S_MAX:
        raise IncompleteSignature(f"X-Amz-Expires must be between 1 and {EXPIRES_S_MAX} seconds.")
    if not _STAMP.fullmatch(given["X-Amz-Date"]):
        raise IncompleteSignature("X-Amz-Date must be in ISO-8601 'basic format'.")
    return _claims(
        given["X-Amz-Credential"],
        given["X-Amz-SignedHeaders"],
        signature=given["X-Amz-Signature"],
        stamp=given["X-Amz-Date"],
        session_token=given.get("X-Amz-Security-Token"),
        expires_s=int(expires),
    )


def _claims(
    credential: str,
    signed_headers: str,
    *,
    signature: str,
    stamp: str,
    session_token: str | None,
    expires_s: int | None,
) -> SignedRequest:
    """Return the claims, once the credential and the header list have the right form."""
    scope = credential.split("/")
    if len(scope) != 5 or not all(scope):
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, "
            "keyid/date/region/service/term."
        )
    if scope[4] != TERMINATOR:
        raise InvalidSignature(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )
    names = tuple(signed_headers.split(";"))
    if len(set(names)) != len(names) or any(name != name.lower() or not name for name in names):
        raise IncompleteSignature("SignedHeaders must name each header once, in lower case.")
    return SignedRequest(
        access_key_id=scope[0],
        scope_date=scope[1],
        region=scope[2],
        service=scope[3],
        signed_headers=names,
        signature=signature,
        stamp=stamp,
        session_token=session_token,
        expires_s=expires_s,
    )


def verify(
    claimed: SignedRequest,
    secret: Secret[str],
    *,
    sent: Sent,
    now_ms: int,
    service: str,
    regions: Collection[str],
) -> None:
    """Accept a request that was signed with `secret` for `service` in one of `regions`.

    Raises InvalidSignature when the scope, the time, a header, the body or the signature itself
    is wrong.
    """
    _check_scope(claimed, service, regions)
    _check_time(claimed, now_ms)
    _check_headers(claimed, sent.headers)
    payload_hash = hashlib.sha256(sent.body).hexdigest()
    declared = _values(sent.headers, b"x-amz-content-sha256")
    if any(value.strip() != payload_hash.encode() for value in declared):
        raise InvalidSignature(MISMATCH)
    if not _SIGNATURE.fullmatch(claimed.signature):
        raise InvalidSignature(MISMATCH)
    key = _signing_key(secret, claimed)
    queries = [canonical_query(sent.raw_query)]
    if claimed.presigned and claimed.session_token is not None:
        # As with headers, the token may have been added after signing.
        queries.append(canonical_query(sent.raw_query, without=(b"X-Amz-Security-Token",)))
    matches = False
    for query in queries:
        canonical = canonical_request(claimed, sent, query=query, payload_hash=payload_hash)
        expected = hmac.digest(key, string_to_sign(claimed, canonical), "sha256").hex()
        matches |= constant_time_equal(expected, claimed.signature)
    if not matches:
        raise InvalidSignature(MISMATCH)


def _check_scope(claimed: SignedRequest, service: str, regions: Collection[str]) -> None:
    """Refuse a credential for another day, region or service."""
    wrong = []
    if claimed.region not in regions:
        wrong.append("Credential should be scoped to a valid region.")
    if claimed.service != service:
        wrong.append(f"Credential should be scoped to correct service: '{service}'.")
    if wrong:
        raise InvalidSignature(" ".join(wrong))
    day = claimed.stamp[:8]
    if not _SCOPE_DATE.fullmatch(claimed.scope_date) or claimed.scope_date != day:
        raise InvalidSignature(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: '{printable(claimed.scope_date)}' != '{day}', from '{claimed.stamp}'."
        )


def _check_time(claimed: SignedRequest, now_ms: int) -> None:
    """Refuse a signature from too far in the past or the future."""
    try:
        # Read by position: strptime alone took an eighth of the whole verification.
        day, hour = claimed.stamp[:8], claimed.stamp[9:15]
        moment = datetime.fromisoformat(f"{day}T{hour}+00:00")
    except ValueError as error:
        raise InvalidSignature("Date must be in ISO-8601 'basic format'.") from error
    signed_ms = int(moment.timestamp()) * 1000
    life_ms = SKEW_MS if claimed.expires_s is None else claimed.expires_s * 1000
    if signed_ms + life_ms < now_ms:
        raise InvalidSignature(
            f"Signature expired: {claimed.stamp} is now earlier than {_stamp(now_ms - life_ms)} "
            f"({_stamp(now_ms)} - {life_ms // 60_000} min.)"
        )
    if signed_ms - SKEW_MS > now_ms:
        raise InvalidSignature(
            f"Signature not yet current: {claimed.stamp} is still later than "
            f"{_stamp(now_ms + SKEW_MS)} ({_stamp(now_ms)} + {SKEW_MS // 60_000} min.)"
        )


def _stamp(moment_ms: int) -> str:
    """Return a time in ISO-8601 basic format."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC).strftime(_FORMAT)


def _check_headers(claimed: SignedRequest, headers: Headers) -> None:
    """Refuse when the signature leaves out the host or something that we act upon."""
    present = {name.decode("latin-1").lower() for name, _ in headers}
    must = {name for name in present if name.startswith("x-amz-")} - _MAY_BE_UNSIGNED
    if not claimed.presigned and "x-amz-date" not in present:
        must.add("date")
    signed = set(claimed.signed_headers)
    if not {"host", ":authority"} & signed or must - signed or signed - present:
        raise InvalidSignature(MISMATCH)


def canonical_request(
    claimed: SignedRequest, sent: Sent, *, query: bytes, payload_hash: str
) -> bytes:
    """Return the canonical request that a signer should have arrived at."""
    lines = [
        sent.method.encode("latin-1"),
        canonical_path(sent.raw_path, normalise=sent.normalise_path),
        query,
    ]
    by_name: dict[bytes, list[bytes]] = {
        signed.encode("latin-1"): [] for signed in claimed.signed_headers
    }
    for given, value in sent.headers:
        values = by_name.get(given.lower())
        if values is not None:
            values.append(b" ".join(value.split()))
    lines += [name + b":" + b",".join(values) for name, values in by_name.items()]
    lines += [b"", ";".join(claimed.signed_headers).encode("latin-1"), payload_hash.encode()]
    return b"\n".join(lines)


def canonical_path(raw_path: bytes, *, normalise: bool = True) -> bytes:
    """Return a path as it was sent, percent-encoded once more, without `//`, `.` and `..`."""
    path = raw_path or b"/"
    if path == b"/":
        return path
    if normalise:
        kept: list[bytes] = []
        segments = path.split(b"/")
        for segment in segments:
            if segment == b"..":
                del kept[-1:]
            elif segment not in {b"", b"."}:
                kept.append(segment)
        # SDKs end with a slash where the path does, and not after a last `.` or `..`.
        tail = b"/" if kept and not segments[-1] else b""
        path = b"/" + b"/".join(kept) + tail
    return quote_from_bytes(path, safe="/~").encode()


def canonical_query(raw_query: bytes, *, without: Collection[bytes] = ()) -> bytes:
    """Return the query sorted and uniformly encoded, less the signature itself."""
    pairs = []
    for name, value in _parameters(raw_query):
        if name != b"X-Amz-Signature" and name not in without:
            pairs.append((_encoded(name), _encoded(value)))
    return b"&".join(name + b"=" + value for name, value in sorted(pairs))


def string_to_sign(claimed: SignedRequest, canonical: bytes) -> bytes:
    """Return what the signature is made over."""
    scope = f"{claimed.scope_date}/{claimed.region}/{claimed.service}/{TERMINATOR}"
    digest = hashlib.sha256(canonical).hexdigest()
    return f"{ALGORITHM}\n{claimed.stamp}\n{scope}\n{digest}".encode("latin-1")


def _signing_key(secret: Secret[str], claimed: SignedRequest) -> bytes:
    """Return the key for a day, region and service; all three were checked."""
    return _derived(secret.reveal(), claimed.scope_date, claimed.region, claimed.service)


@functools.lru_cache(DERIVED_MAX)
def _derived(secret: str, *scope: str) -> bytes:
    """Return a signing key. Remembered: a key pair signs many requests of a day."""
    key = f"AWS4{secret}".encode()
    for part in (*scope, TERMINATOR):
        key = hmac.digest(key, part.encode("latin-1"), "sha256")
    return key


def printable(text: str) -> str:
    """Return a claimed text, cut and harmless, for use in a message."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text[:64])


def _encoded(raw: bytes) -> bytes:
    """Return a query part in the one true encoding; a plus is a blank, as our parsers read it."""
    return quote_from_bytes(unquote_to_bytes(raw.replace(b"+", b" ")), safe="~").encode()


def _parameters(raw_query: bytes) -> list[tuple[bytes, bytes]]:
    """Return the query's pairs, still encoded."""
    pairs = []
    for pair in filter(None, raw_query.split(b"&")):
        name, _, value = pair.partition(b"=")
        pairs.append((name, value))
    return pairs


def _values(headers: Headers, name: bytes) -> list[bytes]:
    """Return all values of a header, in order."""
    length = len(name)
    return [value for given, value in headers if len(given) == length and given.lower() == name]


def _single(headers: Headers, name: bytes) -> str | None:
    """Return the value of a header that must not be repeated; None when it is absent."""
    values = _values(headers, name)
    if len(values) > 1:
        raise IncompleteSignature("A header that the signature depends on is repeated.")
    return values[0].decode("latin-1").strip() if values else None
