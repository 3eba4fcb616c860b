"""Keys of token issuers, fetched where their discovery documents say, and kept for a while.

    own issuer ──▶ our own keys, without any request
    another    ──▶ <issuer>/.well-known/openid-configuration ──▶ jwks_uri ──▶ keys

The system's certificate authorities decide whether a host is who it says; thumbprints that IAM
keeps for a provider are not asked. An unknown `kid` asks again, once a minute at most.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.base.clock import Clock
from poolkeep.core.webidentity.refusals import KeysAway

KEPT_MS: Final = 60 * 60 * 1_000
ANEW_AFTER_MS: Final = 60 * 1_000
ISSUERS_MAX: Final = 500
KEYS_MAX: Final = 100
DISCOVERY: Final = "/.well-known/openid-configuration"
OK: Final = 200
ACCEPT: Final = {"Accept": "application/json"}

Keys = Sequence[Mapping[str, Any]]
Own = Callable[[str], Awaitable[Keys | None]]


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Kept(NamedTuple):
    at_ms: int
    keys: Keys


async def nobody(_issuer_url: str) -> Keys | None:
    """Return no keys: no issuer is ours."""
    return None


class IssuerKeys:
    """Keys by issuer. Implements `core.webidentity.tokens.IssuerKeys`."""

    def __init__(self, outgoing: Outgoing, *, clock: Clock, own: Own = nobody) -> None:
        """Fetch through `outgoing`; `own` gives the keys of issuers that are ours."""
        self._outgoing = outgoing
        self._clock = clock
        self._own = own
        self._kept: dict[str, _Kept] = {}

    async def keys(self, issuer_url: str, *, anew: bool = False) -> Keys:
        """Return an issuer's keys. Raises KeysAway."""
        if (own := await self._own(issuer_url)) is not None:
            return own
        now_ms = self._clock.now_ms()
        kept = self._kept.get(issuer_url)
        if kept is not None and now_ms - kept.at_ms < (ANEW_AFTER_MS if anew else KEPT_MS):
            return kept.keys
        try:
            keys = await self._fetched(issuer_url)
        except KeysAway:
            if kept is None:
                raise
            return kept.keys  # an issuer that is away for a moment has not changed its keys
        if len(self._kept) >= ISSUERS_MAX:
            self._kept.clear()
        self._kept[issuer_url] = _Kept(now_ms, keys)
        return keys

    async def close(self) -> None:
        """Close every connection."""
        await self._outgoing.close()

    async def _fetched(self, issuer_url: str) -> Keys:
        told = await self._document(issuer_url.rstrip("/") + DISCOVERY, _Discovery)
        same = told.issuer.rstrip("/") == issuer_url.rstrip("/")
        # Keys that come by another scheme than the issuer's could be anybody's.
        if not same or urlsplit(told.jwks_uri).scheme not in {urlsplit(issuer_url).scheme, "https"}:
            raise KeysAway
        found = await self._document(told.jwks_uri, _KeySet)
        keys: list[dict[str, Any]] = found.keys
        return keys[:KEYS_MAX]

    async def _document(self, url: str, kind: type[Any]) -> Any:  # noqa: ANN401  of this kind
        try:
            answer = await self._outgoing.request("GET", url, headers=ACCEPT)
            if answer.status != OK:
                raise KeysAway
            return msgspec.json.decode(answer.body, type=kind)
        except (OutgoingFailed, OutgoingRefused, msgspec.DecodeError, ValueError) as error:
            raise KeysAway from error
