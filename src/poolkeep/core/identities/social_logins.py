"""Logins of providers that must be asked whose token it is: Facebook, Amazon, Twitter.

Each question goes to the provider's own address, or to the one that a setting names in its place.
A provider that does not answer is no refusal: `ExternalServiceException`. Source:
docs/behaviours/identity-pools.md.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlencode

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.identities import wording
from poolkeep.core.identities.logins import Checker
from poolkeep.core.identities.model import IdentityPool, Login, Proven
from poolkeep.core.identities.naming import AMAZON, FACEBOOK, TWITTER
from poolkeep.core.identities.refusals import ProviderAway
from poolkeep.crypto.oauth1 import OAuth1Keys, header

FACEBOOK_URL: Final = "https://graph.facebook.com"
AMAZON_URL: Final = "https://api.amazon.com"
TWITTER_URL: Final = "https://api.twitter.com"
AMAZON_ISSUER: Final = "https://www.amazon.com"

OK: Final = 200
REFUSALS: Final = range(400, 500)
TOO_MANY: Final = 429
NONCE_BYTES: Final = 16
MS_PER_S: Final = 1_000
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


class Answer(NamedTuple):
    """What a provider says."""

    status: int
    body: bytes


class Questions(Protocol):
    """Asks over HTTP."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer. Raises OSError when there is none."""
        ...


class Provider:
    """What the three have in common: one question, an answer in JSON."""

    def __init__(self, questions: Questions, key: str, url: str) -> None:
        """Ask below `url`."""
        self._questions = questions
        self._key = key
        self._url = url.rstrip("/")

    async def ask(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return what the provider says of a token; refuses one that it does not accept."""
        url = f"{self._url}{path}?{urlencode(query)}" if query else f"{self._url}{path}"
        try:
            answer = await self._questions.get(url, headers or {})
        except OSError:
            raise ProviderAway(wording.away(self._key)) from None
        if answer.status in REFUSALS and answer.status != TOO_MANY:
            raise NotAuthorized(wording.NOT_ACCEPTED)
        try:
            if answer.status == OK:
                return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError:
            pass
        raise ProviderAway(wording.away(self._key))

    def proven(self, audience: str, subject: object, claims: dict[str, Any]) -> Proven:
        """Return a login of this provider."""
        if not isinstance(subject, str) or not subject:
            raise NotAuthorized(wording.NOT_ACCEPTED)
        return Proven(
            login=Login(self._key, subject),
            kind="social",
            audience=audience,
            amr=(self._key, f"{self._key}:{audience}:{subject}"),
            claims={"aud": audience, "sub": subject, **claims},
            mapping_keys=(self._key,),
        )

    def app_id(self, pool: IdentityPool) -> str:
        """Return the application that a pool has at the provider."""
        return (pool.settings.supported_login_providers or {})[self._key]

    def check_text(self, token: str) -> None:
        """Refuse what cannot be a token, before anybody is asked."""
        if not _PRINTABLE.fullmatch(token):
            raise NotAuthorized(wording.NOT_ACCEPTED)


class FacebookLogins(Provider):
    """Access tokens of Facebook, and the ID tokens of its limited login."""

    def __init__(self, questions: Questions, url: str | None, *, limited: Checker) -> None:
        """Ask at `url`; `limited` checks ID tokens."""
        super().__init__(questions, FACEBOOK, url or FACEBOOK_URL)
        self._limited = limited

    async def check(self, pool: IdentityPool, key: str, token: str) -> Proven:
        """Return whose token it is: its application must be the pool's."""
        self.check_text(token)
        if token.startswith("eyJ") and token.count(".") == 2:
            return await self._limited.check(pool, key, token)
        app = await self.ask("/app", {"access_token": token})
        if str(app.get("id", "")) != self.app_id(pool):
            raise NotAuthorized(wording.WRONG_AUDIENCE)
        person = await self.ask("/me", {"fields": "id", "access_token": token})
        return self.proven(self.app_id(pool), person.get("id"), {"iss": FACEBOOK})


class AmazonLogins(Provider):
    """Access tokens of Login with Amazon."""

    def __init__(self, questions: Questions, url: str | None) -> None:
        """Ask at `url`."""
        super().__init__(questions, AMAZON, url or AMAZON_URL)

    async def check(self, pool: IdentityPool, _key: str, token: str) -> Proven:
        """Return whose token it is: it must be for the pool's application."""
        self.check_text(token)
        told = await self.ask("/auth/o2/tokeninfo", {"access_token": token})
        app_id = self.app_id(pool)
        if told.get("iss", AMAZON_ISSUER) != AMAZON_ISSUER:
            raise NotAuthorized(wording.ISSUER_DIFFERS)
        if app_id not in {told.get("app_id"), told.get("aud")}:
            raise NotAuthorized(wording.WRONG_AUDIENCE)
        person = told.get("user_id")
        return self.proven(app_id, person, {"iss": AMAZON_ISSUER, "user_id": person})


class TwitterLogins(Provider):
    """`authToken;authTokenSecret`, proven by a question that both pairs of secrets sign."""

    def __init__(
        self, questions: Questions, url: str | None, *, clock: Clock, entropy: Entropy
    ) -> None:
        """Ask at `url`; `clock` is the machine's own."""
        super().__init__(questions, TWITTER, url or TWITTER_URL)
        self._clock = clock
        self._entropy = entropy

    async def check(self, pool: IdentityPool, _key: str, token: str) -> Proven:
        """Return whose token it is."""
        self.check_text(token)
        consumer, _, consumer_secret = self.app_id(pool).partition(";")
        text, semicolon, secret = token.partition(";")
        if not semicolon or not text or not secret:
            raise NotAuthorized(wording.NOT_ACCEPTED)
        path = "/1.1/account/verify_credentials.json"
        signed = header(
            "GET",
            f"{self._url}{path}",
            OAuth1Keys(consumer, consumer_secret, text, secret),
            nonce=self._entropy.bytes(NONCE_BYTES).hex(),
            timestamp_s=self._clock.now_ms() // MS_PER_S,
            query={},
        )
        told = await self.ask(path, {}, {"Authorization": signed})
        return self.proven(consumer, told.get("id_str"), {"iss": TWITTER})
