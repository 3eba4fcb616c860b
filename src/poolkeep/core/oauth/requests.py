"""Read an authorization request, in the one order in which Cognito decides. Pure.

    client ─▶ redirect_uri ─▶ response_type ─▶ flow ─▶ PKCE ─▶ scopes ─▶ resource ─▶ provider
      └──── error page ────┘      └────────────── back to the client, with `error` ───────────┘

Until the redirect URI is known to be the client's, nobody is sent anywhere.
Source: docs/behaviours/oauth.md; RFC 6749, 7636, 8707, 9126; OpenID Connect Core 3.1.2.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.oauth import scopes as scope_rules
from poolkeep.core.oauth.model import AuthorizationRequest, Params
from poolkeep.core.oauth.profile import Profile
from poolkeep.core.pools.client_checks import check_redirect
from poolkeep.core.pools.clients import REGISTERED
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import tier
from poolkeep.crypto import base64url

Mode = Literal["query", "fragment", "form_post"]

ONCE: Final = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
    "code_challenge", "code_challenge_method", "identity_provider", "idp_identifier", "lang",
    "login_hint", "prompt", "acr_values", "max_age", "response_mode", "request", "request_uri",
    "registration", "claims", "display", "ui_locales", "id_token_hint", "dpop_jkt",
)  # fmt: skip
"""Parameters that may come once. Source: RFC 6749, 3.1."""
VALUE_CHARACTERS_MAX: Final = 8_192
"""Of one parameter; an address line that browsers still carry has no room for more."""
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43,128}")
PROMPTS: Final = frozenset({"none", "login", "select_account", "consent"})
CREATE: Final = "create"
TYPES: Final = frozenset({"code", "token", "id_token"})
PKCE_TAG: Final = "require-pkce"
LANGUAGES: Final = (
    "de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt-BR", "zh-CN", "zh-TW",
)  # fmt: skip


class ToErrorPage(Exception):
    """There is nobody whom the browser may be sent back to: our own page tells of the error."""

    def __init__(self, error: str, client_id: str | None = None) -> None:
        """`error` is a key of what the page can say."""
        super().__init__(error)
        self.error = error
        self.client_id = client_id


class ToClient(Exception):
    """The client is told the error at its redirect URI."""

    def __init__(
        self,
        redirect_uri: str,
        error: str,
        *,
        description: str | None = None,
        state: str | None = None,
        mode: str = "query",
    ) -> None:
        """Carry what the client is told, and how."""
        super().__init__(error)
        self.redirect_uri = redirect_uri
        self.error = error
        self.description = description
        self.state = state
        self.mode = mode


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is judged by, beside its parameters.

    `scopes` are those of the pool's resource servers, `identifiers` the providers by their
    identifiers in lower case. `managed` tells whether the pages are managed login's.
    """

    pool: LoadedPool
    profile: Profile
    scopes: frozenset[str] = frozenset()
    identifiers: Mapping[str, str] = {}
    managed: bool = True
    tiers_enforced: bool = False
    pushed: bool = False
    own_address: str | None = None
    """Where a request leads that we have made ourselves."""


def parse(client: AppClient | None, params: Params, facts: Facts) -> AuthorizationRequest:
    """Return the request; raises ToErrorPage or ToClient with the first thing that is wrong."""
    found = _client(client, params)
    redirect_uri = facts.own_address or _redirect_uri(found, params)
    reading = _Reading(found, params, facts, redirect_uri)
    return reading.request()


def digest(request: AuthorizationRequest) -> str:
    """Return a name of what a client asks for: one query has one name.

    How it is asked for (language, hints, prompts) is left out, so that a sign-in goes on where
    only that changes.
    """
    text = msgspec.json.encode(
        [
            request.client_id,
            request.redirect_uri,
            request.response_types,
            request.response_mode,
            request.scopes,
            request.state,
            request.nonce,
            request.code_challenge,
            request.resource,
            request.provider,
            request.acr_values,
            request.max_age_s,
            request.dpop_jkt,
        ]
    )
    return base64url.encode(hashlib.sha256(text).digest()).decode()


def usable_client(client: AppClient | None, pool: LoadedPool) -> AppClient | None:
    """Return the client if it is one of this pool's."""
    return client if client is not None and client.pool_id == pool.pool.id else None


def _client(client: AppClient | None, params: Params) -> AppClient:
    named = params.get("client_id")
    if "client_id" in params.repeated or named is None:
        raise ToErrorPage("invalid_request")
    if client is None:
        raise ToErrorPage("client_not_found", named)
    if not client.settings.allowed_o_auth_flows_user_pool_client:
        raise ToErrorPage("unauthorized_client", client.id)
    if not client.settings.supported_identity_providers:
        raise ToErrorPage("no_provider", client.id)
    return client


def _redirect_uri(client: AppClient, params: Params) -> str:
    asked = params.get("redirect_uri") or (
        None if params.has("redirect_uri") else client.settings.default_redirect_uri
    )
    if "redirect_uri" in params.repeated:
        raise ToErrorPage("invalid_request", client.id)
    if asked is None or asked not in (client.settings.callback_urls or ()):
        raise ToErrorPage("redirect_mismatch", client.id)
    return asked


class _Reading:
    """One request whose errors may go back to its client."""

    def __init__(self, client: AppClient, params: Params, facts: Facts, redirect_uri: str) -> None:
        self.client = client
        self.params = params
        self.facts = facts
        self.strict = facts.profile.strict
        self.redirect_uri = redirect_uri
        self.types: tuple[str, ...] = ()
        self.mode: Mode = "query"
        state = params.get("state")
        fits = state is not None and len(state) <= VALUE_CHARACTERS_MAX
        self.state = state if fits and "state" not in params.repeated else None

    def request(self) -> AuthorizationRequest:
        """Return the request."""
        get = self.params.get
        self._form()
        self._response_type()
        self._flow()
        challenge = self._challenge()
        scopes = self._scopes()
        if "id_token" in self.types and scope_rules.OPENID not in scopes:
            raise self._no("invalid_scope")
        if "id_token" in self.types and get("nonce") is None:
            raise self._no("invalid_request")
        resource = self._resource()
        provider = self._provider()
        return AuthorizationRequest(
            client_id=self.client.id,
            redirect_uri=self.redirect_uri,
            response_types=self.types,
            response_mode=self.mode,
            scopes=scopes,
            state=self.state,
            nonce=get("nonce"),
            code_challenge=challenge,
            resource=resource,
            prompts=self._prompts(),
            provider=provider,
            login_hint=get("login_hint"),
            lang=self._lang(),
            acr_values=get("acr_values") if self._steps_up else None,
            max_age_s=self._max_age() if self._steps_up else None,
            dpop_jkt=get("dpop_jkt") if self.strict else None,
        )

    def _no(self, error: str, description: str | None = None) -> ToClient:
        return ToClient(
            self.redirect_uri,
            error,
            description=description,
            state=self.state,
            mode=self.mode,
        )

    def _form(self) -> None:
        """Refuse repeated and endless parameters, and requests of a kind that we do not take."""
        self.mode = self._mode_of_errors()
        if self.params.repeated.intersection(ONCE):
            raise self._no("invalid_request")
        if any(len(self.params.get(name) or "") > VALUE_CHARACTERS_MAX for name in ONCE):
            raise self._no("invalid_request")
        if self.strict and not self.facts.pushed:
            for name in ("request", "request_uri", "registration"):
                if self.params.has(name):
                    raise self._no(f"{name}_not_supported")

    def _mode_of_errors(self) -> Mode:
        """Return where this client looks for an answer, before we know what it asks for."""
        if self.strict and "response_mode" not in self.params.repeated:
            match self.params.get("response_mode"):
                case "form_post":
                    return "form_post"
                case "fragment":
                    return "fragment"
        implicit = {"token", "id_token", "id_token token"}
        return "fragment" if self.params.get("response_type") in implicit else "query"

    def _response_type(self) -> None:
        asked = self.params.get("response_type")
        if asked is None:
            raise self._no("invalid_request")
        types = tuple(asked.split(" "))
        if not self.strict and asked not in {"code", "token"}:
            raise self._no("invalid_request")
        if not TYPES.issuperset(types) or len(set(types)) != len(types):
            raise self._no("unsupported_response_type")
        self.types = types
        self.mode = self._response_mode()

    def _response_mode(self) -> Mode:
        usual: Mode = "query" if self.types == ("code",) else "fragment"
        asked = self.params.get("response_mode") if self.strict else None
        match asked:
            case None:
                return usual
            case "form_post":
                return "form_post"
            case "fragment":
                return "fragment"
            case "query" if usual == "query":
                return "query"
        self.mode = usual
        raise self._no("invalid_request")

    def _flow(self) -> None:
        allowed = self.client.settings.allowed_o_auth_flows or ()
        needed = {"code" if each == "code" else "implicit" for each in self.types}
        if not needed.issubset(allowed):
            raise self._no("unauthorized_client")

    def _challenge(self) -> str | None:
        has_challenge = self.params.has("code_challenge")
        if has_challenge != self.params.has("code_challenge_method"):
            raise self._no("invalid_request")
        if not has_challenge:
            if "code" in self.types and self._needs_challenge():
                raise self._no("invalid_request", "code_challenge is required")
            return None
        challenge = self.params.get("code_challenge") or ""
        if (
            self.params.get("code_challenge_method") != "S256"
            or CHALLENGE.fullmatch(challenge) is None
        ):
            raise self._no("invalid_request")
        return challenge

    def _needs_challenge(self) -> bool:
        """Tell whether the pool, or the client's having made itself, asks for PKCE."""
        made_itself = self.client.client_type == REGISTERED and not self.client.secrets
        return made_itself or self.facts.profile.tags.get(PKCE_TAG) == "on"

    def _scopes(self) -> tuple[str, ...]:
        try:
            return scope_rules.granted(
                self.params.get("scope"), self.client, self.facts.scopes, strict=self.strict
            )
        except scope_rules.InvalidScope:
            raise self._no("invalid_scope") from None

    def _resource(self) -> str | None:
        resource = self.params.get("resource")
        if resource is None:
            return None
        if "resource" in self.params.repeated or len(resource) > VALUE_CHARACTERS_MAX:
            raise self._no("invalid_target")
        try:
            check_redirect(resource)
        except InvalidParameter:
            raise self._no("invalid_target") from None
        return resource

    def _provider(self) -> str | None:
        """Return the provider that the request names; refuses one that the client does not have."""
        named = self.params.get("identity_provider")
        identifier = self.params.get("idp_identifier")
        if named is None and identifier is None:
            return None
        if named is None and identifier is not None:
            named = self.facts.identifiers.get(identifier.lower())
        if named not in (self.client.settings.supported_identity_providers or ()):
            raise self._no("invalid_request")
        return named

    def _prompts(self) -> frozenset[str]:
        if not (self.facts.managed or self.strict):
            return frozenset()
        known = PROMPTS | ({CREATE} if self.strict else set())
        asked = (self.params.get("prompt") or "").split()
        prompts = frozenset(asked if self.strict else (each.lower() for each in asked))
        if "none" in prompts and len(prompts) > 1:
            raise self._no("invalid_request")
        if self.strict and not prompts <= known:
            raise self._no("invalid_request")
        return prompts & known

    def _lang(self) -> str | None:
        if not (self.facts.managed or self.strict):
            return None
        asked = self.params.get("lang")
        if asked is not None or not self.strict:
            return language(asked or "")
        wanted = (self.params.get("ui_locales") or "").split()
        return next((found for tag in wanted if (found := language(tag))), None)

    @property
    def _steps_up(self) -> bool:
        """Whether levels and ages of sign-ins are heard here; elsewhere they are passed over."""
        facts = self.facts
        heard = facts.managed and not (facts.tiers_enforced and tier(facts.pool) == "LITE")
        return self.strict or heard

    def _max_age(self) -> int | None:
        asked = self.params.get("max_age")
        if asked is None:
            return None
        if not (asked.isascii() and asked.isdigit() and len(asked) <= _AGE_DIGITS_MAX):
            raise self._no("invalid_request")
        return int(asked)


_AGE_DIGITS_MAX: Final = 10


def language(tag: str) -> str | None:
    """Return the language of the pages that a tag asks for, if there is one."""
    low = tag.lower().replace("_", "-")
    exact = {each.lower(): each for each in LANGUAGES}
    return exact.get(low) or exact.get(low.partition("-")[0])
