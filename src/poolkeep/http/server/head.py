"""What the head of a request may say: pure judgement over its lines."""

import ipaddress
from typing import Final, NamedTuple

from poolkeep.http.server import refusals
from poolkeep.http.server.policy import Networks, Policy
from poolkeep.http.server.refusals import HttpRefusal
from poolkeep.settings import ProxyHeaders

Lines = list[tuple[bytes, bytes]]  # names in lower case

METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))
HOPS_MAX: Final = 16


def fault(
    lines: Lines, headers: dict[bytes, bytes], url: bytes, *, policy: Policy
) -> HttpRefusal | None:
    """Return why a request must not reach the application; `headers` is `lines` by name."""
    host = headers.get(b"host")
    if host is None or (
        len(headers) != len(lines)  # something stands there twice
        and [name for name, _ in lines].count(b"host") > 1
    ):
        return refusals.HOST_COUNT
    ours = policy.host_is_ours(host)
    if not ours:
        return refusals.HOST_FORM if ours is None else refusals.FOREIGN_HOST
    if url[:1] != b"/" or url[:2] == b"//" or b"#" in url:
        return refusals.TARGET_FORM
    coding = headers.get(b"transfer-encoding")
    if coding is not None and coding.lower() != b"chunked":
        return refusals.TRANSFER_CODING
    content = headers.get(b"content-encoding")
    if content is not None and content.lower() not in {b"identity", b""}:
        return refusals.CONTENT_CODING
    # The parser has seen to it that this is one number.
    size = int(headers.get(b"content-length", 0))
    if size > policy.http.body_bytes_max and size > policy.body_bytes_max(url):
        return refusals.BODY_SIZE
    return None


def has_body(headers: dict[bytes, bytes]) -> bool:
    """Say whether a body follows the head."""
    return b"transfer-encoding" in headers or int(headers.get(b"content-length", 0)) > 0


class Told(NamedTuple):
    """What trusted proxies tell of a request; None is "not told"."""

    client: str | None
    scheme: str | None
    host: bytes | None


def forwarded(lines: Lines, trusted: Networks, *, form: ProxyHeaders = "x-forwarded") -> Told:
    """Return the client's address, the scheme and the host as trusted proxies tell them.

    The address is the last one that no trusted proxy owns: everything before it was written by
    somebody we do not know. Scheme and host are the nearest proxy's word. Only the form that the
    proxy writes is read, since it may pass on the other one as a caller wrote it.
    """
    hops, scheme, host = (_standard if form == "forwarded" else _customary)(lines)
    client = None
    for hop in reversed(hops[-HOPS_MAX:]):
        address = hop.strip().decode("latin-1")
        if not _is_address(address):
            break
        client = address
        if address not in trusted:
            break
    scheme = scheme.strip().lower()
    return Told(client, scheme.decode() if scheme in {b"http", b"https"} else None, host or None)


def seen_from_outside(lines: Lines, host: bytes) -> Lines:
    """Return the lines with the Host that the proxy was asked for."""
    return [(name, host if name == b"host" else value) for name, value in lines]


def _customary(lines: Lines) -> tuple[list[bytes], bytes, bytes]:
    """Read X-Forwarded-For, -Proto and -Host."""
    hops: list[bytes] = []
    scheme = host = b""
    for name, value in lines:
        if name == b"x-forwarded-for":
            hops += value.split(b",")
        elif name == b"x-forwarded-proto":
            scheme = value.rpartition(b",")[2]
        elif name == b"x-forwarded-host":
            host = value.rpartition(b",")[2].strip()
    return hops, scheme, host


def _standard(lines: Lines) -> tuple[list[bytes], bytes, bytes]:
    """Read Forwarded. Source: RFC 7239, section 4."""
    hops: list[bytes] = []
    scheme = host = b""
    for name, value in lines:
        if name != b"forwarded":
            continue
        for element in value.split(b","):
            scheme = host = b""
            for pair in element.split(b";"):
                key, _, text = pair.partition(b"=")
                text = text.strip().strip(b'"')
                match key.strip().lower():
                    case b"for":
                        hops.append(_without_port(text))
                    case b"proto":
                        scheme = text
                    case b"host":
                        host = text
                    case _:
                        pass
    return hops, scheme, host


def _without_port(node: bytes) -> bytes:
    if node.startswith(b"["):
        return node[1:].partition(b"]")[0]
    return node.partition(b":")[0] if node.count(b":") == 1 else node


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
