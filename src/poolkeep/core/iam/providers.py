"""Identity providers: whose tokens and whose assertions are taken."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec.structs import replace

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Change, Desk
from poolkeep.core.iam.model import OidcProvider, SamlProvider
from poolkeep.core.iam.refusals import InvalidInput, LimitExceeded

CLIENTS_MAX: Final = 100
THUMBPRINTS_MAX: Final = 5
MS_PER_S: Final = 1_000
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_THUMBPRINT: Final = re.compile(r"[0-9A-Fa-f]{40}")
_VALID_UNTIL: Final = re.compile(r"\bvalidUntil\s*=\s*[\"']([^\"']+)")
_ENTITY: Final = re.compile(r"<(?:\w+:)?EntityDescriptor\b")
_PROVIDER: Final = re.compile(r"<(?:\w+:)?IDPSSODescriptor\b")


class Providers:
    """Makes and keeps identity providers."""

    def __init__(self, desk: Desk, *, plain_issuers: bool) -> None:
        """Work at `desk`; `plain_issuers` lets issuers of this machine do without TLS."""
        self._desk = desk
        self._plain_issuers = plain_issuers

    async def create_oidc(
        self,
        change: Change,
        url: str,
        *,
        client_ids: Iterable[str] = (),
        thumbprints: Iterable[str] = (),
        tags: Mapping[str, str] | None = None,
    ) -> OidcProvider:
        """Take the tokens of an issuer."""
        name, is_plain = self._issuer(url)
        desk = self._desk
        provider = OidcProvider(
            account=change.account,
            name=name,
            id=desk.new_id(OidcProvider),
            created_ms=desk.now_ms(),
            tags=dict(tags or {}),
            client_ids=_clients(client_ids),
            thumbprints=_thumbprints(thumbprints),
            is_plain=is_plain,
        )

        def work(tx: Transaction) -> OidcProvider:
            most = desk.limits.providers
            desk.add(tx, provider, most=most, quota="OpenIdConnectProvidersPerAccount")
            return provider

        return await desk.write(change, provider.arn, work)

    async def change_clients(
        self, change: Change, arn: str, changed: Callable[[tuple[str, ...]], Iterable[str]]
    ) -> None:
        """Change which audiences are taken."""
        await self._desk.change_entity(
            change,
            OidcProvider,
            arn,
            lambda _, old: replace(old, client_ids=_clients(changed(old.client_ids))),
        )

    async def set_thumbprints(self, change: Change, arn: str, listed: Iterable[str]) -> None:
        """Say anew which certificates the issuer may show."""
        thumbprints = _thumbprints(listed)
        await self._desk.change_entity(
            change, OidcProvider, arn, lambda _, old: replace(old, thumbprints=thumbprints)
        )

    async def create_saml(
        self, change: Change, name: str, metadata: str, tags: Mapping[str, str] | None = None
    ) -> SamlProvider:
        """Take the assertions of a provider."""
        desk = self._desk
        provider = SamlProvider(
            account=change.account,
            name=name,
            id=desk.new_id(SamlProvider),
            created_ms=desk.now_ms(),
            tags=dict(tags or {}),
            metadata=metadata,
            valid_until_ms=_valid_until_ms(metadata),
        )

        def work(tx: Transaction) -> SamlProvider:
            desk.add(tx, provider, most=desk.limits.providers, quota="SAMLProvidersPerAccount")
            return provider

        return await desk.write(change, provider.arn, work)

    async def update_saml(self, change: Change, arn: str, metadata: str) -> SamlProvider:
        """Take another metadata document."""
        until_ms = _valid_until_ms(metadata)
        return await self._desk.change_entity(
            change,
            SamlProvider,
            arn,
            lambda _, old: replace(old, metadata=metadata, valid_until_ms=until_ms),
        )

    async def delete(
        self, change: Change, of: type[OidcProvider] | type[SamlProvider], arn: str
    ) -> None:
        """Remove a provider."""

        def work(tx: Transaction) -> None:
            self._desk.rows.delete(tx, self._desk.get_by_arn(tx, of, change.account, arn))

        await self._desk.write(change, arn, work)

    def _issuer(self, url: str) -> tuple[str, bool]:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise InvalidInput(wording.BAD_URL) from None
        is_plain = self._plain_issuers and parts.scheme == "http" and host in LOOPBACK
        has_more = parts.query or parts.fragment or parts.username or "?" in url or "#" in url
        if not host or has_more or (parts.scheme != "https" and not is_plain):
            raise InvalidInput(wording.BAD_URL)
        return _name(parts), is_plain


def issuer_name(url: str) -> str:
    """Return the name that a provider of this issuer has, or would have, were the URL one."""
    try:
        return _name(urlsplit(url))
    except ValueError:
        return url


def _name(parts: SplitResult) -> str:
    return f"{parts.netloc.lower()}{parts.path}"


def _clients(listed: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(listed))
    if len(found) > CLIENTS_MAX:
        raise LimitExceeded(wording.quota("ClientIdsPerOpenIdConnectProvider", CLIENTS_MAX))
    return found


def _thumbprints(listed: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each.lower() for each in listed))
    if not all(_THUMBPRINT.fullmatch(each) for each in found):
        raise InvalidInput(wording.BAD_THUMBPRINT)
    if len(found) > THUMBPRINTS_MAX:
        raise InvalidInput("Thumbprint list must contain fewer than 5 entries.")
    return found


def _valid_until_ms(metadata: str) -> int | None:
    entity = _ENTITY.search(metadata)
    if entity is None or _PROVIDER.search(metadata) is None:
        raise InvalidInput(wording.BAD_METADATA)
    tag, _, _ = metadata[entity.start() :].partition(">")
    said = _VALID_UNTIL.search(tag)
    if said is None:
        return None
    try:
        until = datetime.fromisoformat(said[1])
    except ValueError:
        raise InvalidInput(wording.BAD_METADATA) from None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return int(aware.timestamp() * MS_PER_S)
