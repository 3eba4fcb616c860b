"""Tokens and assertions that are brought for a role: whom they speak for.

    our identities' tokens ──▶ their own keys
    other issuers'         ──▶ an OpenID Connect provider of the role's account ──▶ its keys
    SAML responses         ──▶ a SAML provider of the role's account ──▶ its metadata

Source: docs/behaviours/sts.md.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.iam.book import IamBook
from poolkeep.core.saml import (
    Assertion,
    Expected,
    MetadataRefused,
    ProviderMetadata,
    ResponseRefused,
    metadata_of,
    response_of,
)
from poolkeep.core.sts import rules, wording
from poolkeep.core.sts.model import ContextValue, WebIdentity
from poolkeep.core.sts.refusals import (
    AccessDenied,
    InvalidIdentityToken,
    ProviderAway,
    RejectedClaim,
    TokenTooOld,
)
from poolkeep.core.webidentity import refusals as web
from poolkeep.core.webidentity.tokens import ForeignTokens, audience_of, bare, issuer_of

SKEW_S: Final = 300
METADATA_KEPT_MAX: Final = 64
MS_PER_S: Final = 1_000
PRE: Final = "https://aws.amazon.com/SAML/Attributes/"
ROLES: Final = f"{PRE}Role"
NAME: Final = f"{PRE}RoleSessionName"
DURATION: Final = f"{PRE}SessionDuration"
SOURCE: Final = f"{PRE}SourceIdentity"
TAG: Final = f"{PRE}PrincipalTag:"
TRANSITIVE: Final = f"{PRE}TransitiveTagKeys"
SAML_AUDIENCE: Final = "https://signin.aws.amazon.com/saml"
SAML_KEYS: Final = {
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "saml:edupersonaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "saml:edupersonentitlement",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "saml:edupersonprincipalname",
    "urn:oid:2.5.4.3": "saml:cn",
    "urn:oid:0.9.2342.19200300.100.1.3": "saml:mail",
    "urn:oid:2.5.4.42": "saml:givenname",
    "urn:oid:2.5.4.4": "saml:surname",
    "urn:oid:0.9.2342.19200300.100.1.1": "saml:uid",
}


class OwnTokens(Protocol):
    """The OpenID tokens of our identity pools."""

    async def read(self, text: str) -> WebIdentity | None:
        """Return whom a token of ours speaks for; None when another issuer signed it.

        Raises core.webidentity.refusals.TokenRefused.
        """
        ...


class Sworn(msgspec.Struct, frozen=True, kw_only=True):
    """What a SAML response says for a role."""

    who: WebIdentity
    assertion: Assertion
    name_qualifier: str
    session_name: str
    duration_s: int | None
    ends_s: int | None

    def lasting(self, asked_s: int | None, now_ms: int) -> int | None:
        """Return for how long a session may be asked: the shortest of what is said."""
        told = [each for each in (asked_s, self.duration_s) if each is not None]
        if self.ends_s is not None:
            told.append(max(1, self.ends_s - now_ms // MS_PER_S))
            told.append(rules.HOUR_S)
        return min(told, default=None)


class Proofs:
    """Reads what callers of the unsigned operations bring."""

    def __init__(
        self,
        *,
        book: IamBook,
        foreign: ForeignTokens,
        own: OwnTokens,
        clock: Clock,
        saml_places: Sequence[str],
    ) -> None:
        """`saml_places` are the addresses that assertions may be meant for."""
        self._book = book
        self._foreign = foreign
        self._own = own
        self._clock = clock
        self._saml_places = tuple(saml_places)

    async def web_identity(self, account: str, text: str) -> WebIdentity:
        """Return whom a token speaks for.

        Raises InvalidIdentityToken, TokenTooOld, RejectedClaim, ProviderAway.
        """
        try:
            if (ours := await self._own.read(text)) is not None:
                return ours
            return await self._foreign_identity(account, text)
        except web.TokenExpired as late:
            raise TokenTooOld(wording.LATE.format(late.now_s, late.exp)) from late
        except web.KeysAway as away:
            raise ProviderAway(wording.NO_KEYS) from away
        except web.SignatureWrong as wrong:
            raise InvalidIdentityToken(wording.WRONG_SIGNATURE) from wrong
        except web.TokenRefused as refused:
            raise InvalidIdentityToken(wording.NO_JWT) from refused

    async def _foreign_identity(self, account: str, text: str) -> WebIdentity:
        issuer = issuer_of(text)
        name = issuer.partition("://")[2] or issuer
        provider = await self._book.oidc_provider(account, name)
        if provider is None:  # with or without the slash at its end
            provider = await self._book.oidc_provider(account, bare(issuer))
        if provider is None:
            raise InvalidIdentityToken(wording.NO_PROVIDER.format(issuer[:255]))
        claims = await self._foreign.verified(text, issuer_url=provider.issuer, skew_s=SKEW_S)
        audiences = audience_of(claims)
        ours = [each for each in audiences if each in provider.client_ids]
        if not ours:
            raise InvalidIdentityToken(wording.WRONG_AUDIENCE)
        tags, transitive = rules.token_tags(claims)
        source = rules.checked_source(claims.get(rules.SOURCE_CLAIM, ""))
        return WebIdentity(
            principal=provider.arn,
            provider=provider.arn,
            subject=claims["sub"],
            audience=ours[0],
            context=_keys(provider.name, claims, ours[0]),
            tags=tags,
            transitive=transitive,
            source_identity=source,
        )

    async def saml(self, role_arn: str, provider_arn: str, text: str) -> Sworn:
        """Return what a SAML response says for a role.

        Raises InvalidIdentityToken, TokenTooOld, RejectedClaim, AccessDenied.
        """
        provider = await self._book.saml_provider(provider_arn)
        is_ours = provider is not None and role_arn.startswith(f"arn:aws:iam::{provider.account}:")
        if provider is None or provider.arn != provider_arn or not is_ours:
            raise AccessDenied(wording.NOT_BY_SAML)
        try:
            said = response_of(
                text,
                _metadata(provider.metadata),
                Expected(
                    audiences=("urn:amazon:webservices", *self._saml_places),
                    recipients=self._saml_places,
                    now_s=self._clock.now_ms() / MS_PER_S,
                    any_request=True,
                    skew_s=SKEW_S,
                ),
            )
        except ResponseRefused as refused:
            kind = TokenTooOld if refused.expired else InvalidIdentityToken
            raise kind(str(refused)) from refused
        except MetadataRefused as refused:
            raise InvalidIdentityToken(str(refused)) from refused
        pairs = [set(_parts(value)) for value in said.attributes.get(ROLES, ())]
        if {role_arn, provider_arn} not in pairs:
            raise AccessDenied(wording.NOT_BY_SAML)
        return _sworn(said, provider_arn, provider.account, provider.name)


def _sworn(said: Assertion, provider_arn: str, account: str, name: str) -> Sworn:
    session_name = said.attributes.get(NAME, ())
    if len(session_name) != 1 or not rules.is_name(session_name[0]):
        raise RejectedClaim(wording.BAD_SESSION_NAME)
    duration = said.attributes.get(DURATION, ())
    if duration and not (len(duration) == 1 and duration[0].isascii() and duration[0].isdigit()):
        raise RejectedClaim("The SessionDuration of the assertion is no number of seconds.")
    digest = hashlib.sha1(f"{said.issuer}{account}/{name}".encode(), usedforsecurity=False)
    qualifier = base64.b64encode(digest.digest()).decode()
    kind = said.name_id_format.rpartition(":")[2]
    context: dict[str, ContextValue] = {
        "saml:aud": said.recipient,
        "saml:iss": said.issuer,
        "saml:sub": said.name_id,
        "saml:sub_type": kind,
        "saml:namequalifier": qualifier,
        "saml:doc": f"{account}/{name}",
    }
    for attribute, values in said.attributes.items():
        if attribute in SAML_KEYS:
            context[SAML_KEYS[attribute]] = values
    tags = rules.checked_tags(
        (attribute.removeprefix(TAG), values[0])
        for attribute, values in said.attributes.items()
        if attribute.startswith(TAG) and values
    )
    source = rules.checked_source(next(iter(said.attributes.get(SOURCE, ())), ""))
    return Sworn(
        who=WebIdentity(
            principal=provider_arn,
            provider=provider_arn,
            subject=said.name_id,
            audience=said.recipient,
            context=context,
            tags=tags,
            transitive=said.attributes.get(TRANSITIVE, ()),
            source_identity=source,
        ),
        assertion=said,
        name_qualifier=qualifier,
        session_name=session_name[0],
        duration_s=int(duration[0]) if duration else None,
        ends_s=said.session_not_on_or_after_s,
    )


@lru_cache(METADATA_KEPT_MAX)
def _metadata(text: str) -> ProviderMetadata:
    return metadata_of(text.encode())


def _parts(value: str) -> list[str]:
    return [each.strip() for each in value.split(",")]


def _keys(prefix: str, claims: Mapping[str, Any], audience: str) -> dict[str, ContextValue]:
    """Return the condition keys that a foreign token brings, under its issuer's name."""
    front = prefix.lower()
    found: dict[str, ContextValue] = {f"{front}:aud": audience, f"{front}:sub": claims["sub"]}
    if claims.get("azp"):
        told = claims.get("aud")
        found[f"{front}:oaud"] = told if isinstance(told, str) else tuple(map(str, told or ()))
    if isinstance(claims.get("email"), str):
        found[f"{front}:email"] = claims["email"]
    amr = claims.get("amr")
    if isinstance(amr, list) and all(isinstance(each, str) for each in amr):
        found[f"{front}:amr"] = tuple(amr)
    return found
