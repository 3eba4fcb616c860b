"""Keys of token issuers, fetched where their discovery documents say, and kept for a while.

    own issuer ──▶ our own keys, without any request
    another    ──▶ <issuer>/.well-known/openid-configuration ──▶ jwks_uri ──▶ keys

The system's certificate authorities decide whether a host is who it says; thumbprints that IAM
keeps for a provider are not asked. An unknown `kid` asks again, once a minute at most.

Anybody may bring tokens that name an issuer. However many do, it is asked once at a time, and one
that is away is left alone for some seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.base.clock import Clock
from poolkeep.core.webidentity.refusals import KeysAway

KEPT_MS: Final = 60 * 60 * 1_000
ANEW_AFTER_MS: Final = 60 * 1_000
AWAY_MS: Final = 5 * 1_000
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
        self._away_at_ms: dict[str, int] = {}
        self._asked: dict[str, asyncio.Task[Keys | None]] = {}

    async def keys(self, issuer_url: str, *, anew: bool = False) -> Keys:
        """Return an issuer's keys. Raises KeysAway."""
        if (own := await self._own(issuer_url)) is not None:
            return own
        now_ms = self._clock.now_ms()
        kept = self._kept.get(issuer_url)
        if kept is not None and now_ms - kept.at_ms < (ANEW_AFTER_MS if anew else KEPT_MS):
            return kept.keys
        keys = None
        if now_ms - self._away_at_ms.get(issuer_url, -AWAY_MS) >= AWAY_MS:
            asked = self._asked.get(issuer_url)
            if asked is None:
                asked = asyncio.create_task(self._renewed(issuer_url))
                self._asked[issuer_url] = asked
            keys = await asyncio.shield(asked)  # who waits no longer takes it from nobody
        if keys is None:
            if kept is None:
                raise KeysAway
            return kept.keys  # an issuer that is away for a moment has not changed its keys
        return keys

    async def close(self) -> None:
        """Close every connection."""
        await self._outgoing.close()

    async def _renewed(self, issuer_url: str) -> Keys | None:
        """Return keys that were just fetched, and keep them; None when the issuer is away."""
        if len(self._kept) >= ISSUERS_MAX or len(self._away_at_ms) >= ISSUERS_MAX:
            self._kept.clear()
            self._away_at_ms.clear()
        try:
            keys = await self._fetched(issuer_url)
        except KeysAway:
            self._away_at_ms[issuer_url] = self._clock.now_ms()
            return None
        finally:
            del self._asked[issuer_url]
        self._kept[issuer_url] = _Kept(self._clock.now_ms(), keys)
        self._away_at_ms.pop(issuer_url, None)
        return keys

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
