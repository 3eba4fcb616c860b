"""ID tokens of other issuers, verified by the keys that the issuers publish.

    read ──▶ issuer, claims, times ──▶ keys ──▶ signature ──▶ claims

Whom a token is for is the caller's to see. Source: docs/behaviours/sts.md.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from poolkeep.base.clock import Clock
from poolkeep.core.webidentity.refusals import (
    ClaimMissing,
    IssuerDiffers,
    NotAToken,
    NotYetValid,
    SignatureWrong,
    TokenExpired,
)
from poolkeep.crypto import foreign_jws

MS_PER_S: Final = 1_000
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
)  # fmt: skip
KEYS_TRIED_MAX: Final = 8


class IssuerKeys(Protocol):
    """The keys that issuers publish."""

    async def keys(self, issuer_url: str, *, anew: bool = False) -> Sequence[Mapping[str, Any]]:
        """Return an issuer's JWKs; `anew` asks the issuer again, if that was not just done.

        Raises KeysAway.
        """
        ...


class ForeignTokens:
    """Verifies tokens of other issuers."""

    def __init__(self, keys: IssuerKeys, clock: Clock) -> None:
        """Ask `keys` for what issuers publish."""
        self._keys = keys
        self._clock = clock

    async def verified(self, text: str, *, issuer_url: str, skew_s: int) -> dict[str, Any]:
        """Return the claims of a token of this issuer. Raises TokenRefused."""
        unproven = _read(text)
        self._check_claims(unproven.claims, issuer_url, skew_s)
        for anew in (False, True):
            listed = await self._keys.keys(issuer_url, anew=anew)
            if (claims := _proven(unproven, listed)) is not None:
                return claims
        raise SignatureWrong

    def _check_claims(self, claims: Mapping[str, Any], issuer_url: str, skew_s: int) -> None:
        issuer = claims.get("iss")
        if not isinstance(issuer, str):
            raise ClaimMissing("iss")
        if bare(issuer) != bare(issuer_url):
            raise IssuerDiffers(issuer)
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise ClaimMissing("sub")
        if not _audiences(claims):
            raise ClaimMissing("aud")
        now_s = self._clock.now_ms() // MS_PER_S
        times = {name: claims.get(name) for name in ("exp", "iat")}
        for name, value in times.items():
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise ClaimMissing(name)
            if isinstance(value, float) and not math.isfinite(value):  # 1e999
                raise ClaimMissing(name)
        if now_s >= claims["exp"] + skew_s:
            raise TokenExpired(now_s, int(claims["exp"]))
        begins = claims.get("nbf", 0)
        if not isinstance(begins, int | float) or max(begins, claims["iat"]) > now_s + skew_s:
            raise NotYetValid


def issuer_of(text: str) -> str:
    """Return whom a token names as its issuer, not proven. Raises NotAToken, ClaimMissing."""
    issuer = _read(text).claims.get("iss")
    if not isinstance(issuer, str):
        raise ClaimMissing("iss")
    return issuer


def audience_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return for which clients a token is: `azp` where it is there, else `aud`."""
    party = claims.get("azp")
    return (party,) if isinstance(party, str) and party else _audiences(claims)


def bare(issuer: str) -> str:
    """Return an issuer without its scheme, as IAM and Cognito name providers."""
    return issuer.removeprefix("https://").removeprefix("http://").removesuffix("/")


def _audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    told = claims.get("aud")
    listed = told if isinstance(told, list) else [told]
    return tuple(each for each in listed if isinstance(each, str) and each)


def _read(text: str) -> foreign_jws.Unproven:
    try:
        return foreign_jws.read(text, ALGORITHMS)
    except foreign_jws.JwsRefused as error:
        raise NotAToken from error


def _proven(
    unproven: foreign_jws.Unproven, listed: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return the claims where a key of the issuer has signed them."""
    wanted = unproven.header.get("kid")
    fitting = [jwk for jwk in listed if wanted is None or jwk.get("kid") == wanted]
    for jwk in fitting[:KEYS_TRIED_MAX]:
        try:
            return foreign_jws.verify(unproven, foreign_jws.public_key(dict(jwk)))
        except foreign_jws.JwsRefused:
            continue
    return None
