"""Terms that an application's users are shown. Source: docs/behaviours/terms.md."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.limits import TERMS_PER_POOL
from poolkeep.base.refusal import (
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    TermsExists,
)
from poolkeep.base.transaction import Transaction
from poolkeep.core.audit import Actor
from poolkeep.core.directory import wording
from poolkeep.core.directory.changes import PoolChanges, find_client
from poolkeep.core.directory.model import Terms
from poolkeep.core.directory.ports import TermsRows
from poolkeep.core.pools.model import UserPool
from poolkeep.core.pools.ports import ClientRows

DEFAULT_LANGUAGE: Final = "cognito:default"
TERMS_OF_USE: Final = "terms-of-use"
PRIVACY_POLICY: Final = "privacy-policy"
LANGUAGE_NAMES: Final = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "id": "bahasa-indonesia",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "nl": "dutch",
    "pt-BR": "portuguese-brazil",
    "zh-CN": "chinese-simplified",
    "zh-TW": "chinese-traditional",
}
"""What links call the languages of the pages, after the prefix."""


class TermsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of terms; None is not said."""

    terms_name: str | None = None
    terms_source: str | None = None
    enforcement: str | None = None
    links: Mapping[str, str] | None = None


class TermsPage(NamedTuple):
    """Terms of one page, and where the next one begins."""

    terms: list[Terms]
    next_token: str | None


class TermsService:
    """Terms of one region's pools."""

    def __init__(
        self, *, changes: PoolChanges, terms: TermsRows, clients: ClientRows, entropy: Entropy
    ) -> None:
        """Keep them in `terms`."""
        self._changes = changes
        self._terms = terms
        self._clients = clients
        self._entropy = entropy

    async def create(
        self, actor: Actor, pool_id: str, client_id: str, settings: TermsSettings
    ) -> Terms:
        """Make terms of a client."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        terms = Terms(
            id=uuid4(self._entropy),
            pool_id=pool_id,
            client_id=client_id,
            terms_name=settings.terms_name or "",
            terms_source=settings.terms_source or "",
            enforcement=settings.enforcement or "",
            links=_checked(settings.links or {}),
            created_ms=now_ms,
            modified_ms=now_ms,
        )

        def work(tx: Transaction, _pool: UserPool) -> None:
            find_client(tx, self._clients, pool_id, client_id)
            self._demand_free(tx, terms)
            if self._terms.count(tx, pool_id) >= TERMS_PER_POOL:
                raise LimitExceeded(wording.TOO_MANY_TERMS)
            if not self._terms.insert(tx, terms):
                raise TermsExists(wording.TERMS_EXIST)

        await self._changes.write(
            actor, pool, "CreateTerms", work=work, client_id=client_id, name=terms.terms_name
        )
        return terms

    async def describe(self, actor: Actor, pool_id: str, terms_id: str) -> Terms:
        """Return terms."""
        await self._changes.pool(actor, pool_id)
        return await self._changes.read(lambda tx: self._found(tx, pool_id, terms_id))

    async def of_client(self, actor: Actor, pool_id: str, client_id: str, *, name: str) -> Terms:
        """Return the client's terms of a name."""
        await self._changes.pool(actor, pool_id)

        def find(tx: Transaction) -> Terms:
            find_client(tx, self._clients, pool_id, client_id)
            found = self._terms.named(tx, pool_id, client_id, name=name)
            if found is None:
                raise ResourceNotFound(wording.no_terms(name))
            return found

        return await self._changes.read(find)

    async def shown(self, pool_id: str, client_id: str) -> tuple[Terms, Terms] | None:
        """Return the terms of use and the privacy policy, None unless a client has both."""

        def find(tx: Transaction) -> tuple[Terms, Terms] | None:
            use = self._terms.named(tx, pool_id, client_id, name=TERMS_OF_USE)
            privacy = self._terms.named(tx, pool_id, client_id, name=PRIVACY_POLICY)
            return None if use is None or privacy is None else (use, privacy)

        return await self._changes.read(find)

    async def update(
        self, actor: Actor, pool_id: str, terms_id: str, settings: TermsSettings
    ) -> Terms:
        """Change what is said of terms and leave the rest; links are replaced wholly."""
        pool = await self._changes.pool(actor, pool_id)
        now_ms = self._changes.now_ms()
        links = None if settings.links is None else _checked(settings.links)

        def work(tx: Transaction, _pool: UserPool) -> Terms:
            old = self._found(tx, pool_id, terms_id)
            changed = msgspec.structs.replace(
                old,
                terms_name=settings.terms_name or old.terms_name,
                terms_source=settings.terms_source or old.terms_source,
                enforcement=settings.enforcement or old.enforcement,
                links=old.links if links is None else links,
                modified_ms=now_ms,
            )
            if changed.terms_name != old.terms_name:
                self._demand_free(tx, changed)
            self._terms.save(tx, changed)
            return changed

        return await self._changes.write(actor, pool, "UpdateTerms", work=work, terms=terms_id)

    async def delete(self, actor: Actor, pool_id: str, terms_id: str) -> None:
        """Remove terms."""
        pool = await self._changes.pool(actor, pool_id)

        def work(tx: Transaction, _pool: UserPool) -> None:
            if not self._terms.delete(tx, pool_id, terms_id):
                raise ResourceNotFound(wording.no_terms(terms_id))

        await self._changes.write(actor, pool, "DeleteTerms", work=work, terms=terms_id)

    async def list(
        self, actor: Actor, pool_id: str, *, limit: int, next_token: str | None
    ) -> TermsPage:
        """Return a page of the pool's terms, oldest first."""
        await self._changes.pool(actor, pool_id)
        scope = f"ListTerms/{pool_id}"
        after = self._changes.after(next_token, scope)
        found = await self._changes.read(
            lambda tx: self._terms.page(tx, pool_id, after=after, limit=limit + 1)
        )
        token = None
        if len(found) > limit:
            last = found[limit - 1]
            token = self._changes.next_token(scope, (last.created_ms, last.id))
        return TermsPage(found[:limit], token)

    def _found(self, tx: Transaction, pool_id: str, terms_id: str) -> Terms:
        found = self._terms.get(tx, pool_id, terms_id)
        if found is None:
            raise ResourceNotFound(wording.no_terms(terms_id))
        return found

    def _demand_free(self, tx: Transaction, terms: Terms) -> None:
        other = self._terms.named(tx, terms.pool_id, terms.client_id, name=terms.terms_name)
        if other is not None:
            raise TermsExists(wording.TERMS_EXIST)


def link_in(terms: Terms, language: str) -> str:
    """Return where the terms stand in a language of the pages, else in any."""
    name = LANGUAGE_NAMES.get(language, "")
    return terms.links.get(f"cognito:{name}") or terms.links[DEFAULT_LANGUAGE]


def _checked(links: Mapping[str, str]) -> dict[str, str]:
    """Return the links; refuse none for other languages, and what a browser could not open."""
    if DEFAULT_LANGUAGE not in links:
        raise InvalidParameter(wording.NO_DEFAULT_LINK)
    for language, link in links.items():
        try:
            parts = urlsplit(link)
            fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            fine = False
        if not fine:
            raise InvalidParameter(wording.bad_link(language))
    return dict(links)
