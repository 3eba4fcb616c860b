"""A relying party: asks for sign-ins, redeems codes, and judges what it gets as OIDC asks."""

import base64
import dataclasses
import hashlib
import types
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import quote_plus, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.conformance.browser import TRUST, Arrival, Browser, Landing, Page
from tests.conformance.provider import Client, Provider
from tests.conformance.verdicts import require
from tests.sdk.support import Json, segment, unique

VERIFIER: Final = "verifier-" + "v" * 50
ID_TOKEN_CLAIMS: Final = ("iss", "sub", "aud", "exp", "iat")
BOOLEANS: Final = ("email_verified", "phone_number_verified")


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def basic(client: Client) -> dict[str, str]:
    """Return the header by which a client proves who it is."""
    text = f"{quote_plus(client.id)}:{quote_plus(client.secret or '')}"
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@dataclasses.dataclass(frozen=True)
class Flow:
    """How tokens are asked for."""

    response_type: str
    response_mode: str | None = None

    @property
    def place(self) -> str:
        """Return where in an answer the parameters stand."""
        return self.response_mode or ("query" if self.response_type == "code" else "fragment")

    @property
    def has_access_token(self) -> bool:
        """Tell whether it ends with an access token."""
        return not {"code", "token"}.isdisjoint(self.response_type.split())


CODE: Final = Flow("code")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a finished sign-in brought."""

    landing: Landing
    tokens: dict[str, Json]
    claims: dict[str, Json]

    @property
    def access_token(self) -> str:
        """Return the access token."""
        token: str = self.tokens["access_token"]
        return token


class Relying:
    """One client with one browser in front of it."""

    def __init__(self, op: Provider, client: Client, flow: Flow = CODE) -> None:
        """Ask `op` as `client`; enter to open the browser."""
        self.op = op
        self.client = client
        self.flow = flow
        self.browser = Browser(op.base)
        self.state = ""
        self.nonce: str | None = None
        self.back = httpx2.Client(timeout=60, verify=TRUST)

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Close both clients."""
        self.browser.client.close()
        self.back.close()

    # ------------------------------------------------------------------------- the front channel

    def parameters(self, **more: str | None) -> dict[str, str]:
        """Return an authorization request; None leaves a parameter out."""
        usual: dict[str, str | None] = {
            "client_id": self.client.id,
            "response_type": self.flow.response_type,
            "redirect_uri": self.client.redirect_uri,
            "scope": "openid",
            "state": unique("state"),
            "nonce": unique("nonce"),
            "response_mode": self.flow.response_mode,
            **more,
        }
        self.state, self.nonce = usual["state"] or "", usual["nonce"]
        return {name: value for name, value in usual.items() if value is not None}

    def authorize(self, **more: str | None) -> Arrival:
        """Send the browser to the authorization endpoint."""
        endpoint, asked = self.op.metadata["authorization_endpoint"], self.parameters(**more)
        return self.browser.go(f"{endpoint}?{urlencode(asked)}")

    def authorize_by_post(self, **more: str | None) -> Arrival:
        """Post the authorization request."""
        return self.browser.go(self.op.metadata["authorization_endpoint"], self.parameters(**more))

    def proceed(self) -> Landing:
        """Sign in if that is asked for, and return where the browser left the provider."""
        at = self.browser.at
        if isinstance(at, Page) and any("password" in form.fields for form in at.forms):
            self.browser.sign_in(self.op.username, self.op.password)
        return self.browser.landing()

    def answer(self) -> Landing:
        """Proceed to an answer at the client's address, for this request, in the right place."""
        landing = self.proceed()
        require("error" not in landing.params, f"refused: {landing.params.get('error')}")
        expected = self.client.redirect_uri.partition("?")[0]
        require(landing.address == expected, f"answered to {landing.address}")
        require(landing.place == self.flow.place, f"answered in the {landing.place}")
        require(landing.params.get("state", "") == self.state, "the state came back changed")
        return landing

    def error(self) -> str | None:
        """Return the error that was sent to the client; None when nothing was sent there."""
        at = self.browser.at
        return at.params.get("error") if isinstance(at, Landing) else None

    def finish(self, verifier: str | None = None) -> Outcome:
        """Proceed to tokens and judge them."""
        landing = self.answer()
        if self.flow.response_type == "code":
            tokens = self.redeemed(landing.params["code"], code_verifier=verifier)
        else:
            tokens = dict(landing.params)
            implicit_has_access = "access_token" in tokens
            require(
                implicit_has_access == ("token" in self.flow.response_type.split()),
                "the access token does not follow from the response type",
            )
        claims = self.judge_id_token(tokens["id_token"], tokens.get("access_token"))
        return Outcome(landing, tokens, claims)

    def sign_in(self, **more: str | None) -> Outcome:
        """Go through the whole flow."""
        self.authorize(**more)
        return self.finish()

    def is_asked_to_sign_in(self) -> bool:
        """Tell whether the page shown asks for a password."""
        at = self.browser.at
        return isinstance(at, Page) and any("password" in form.fields for form in at.forms)

    # -------------------------------------------------------------------------- the back channel

    def token(self, **form: str | None) -> httpx2.Response:
        """Call the token endpoint, proving the client by Basic where it has a secret."""
        if self.client.secret is None:
            return self._post_form({"client_id": self.client.id, **form}, {})
        return self._post_form(form, basic(self.client))

    def token_with_secret_in_form(self, **form: str | None) -> httpx2.Response:
        """Call the token endpoint, proving the client in the form."""
        proof = {"client_id": self.client.id, "client_secret": self.client.secret}
        return self._post_form({**proof, **form}, {})

    def _post_form(
        self, form: Mapping[str, str | None], headers: dict[str, str]
    ) -> httpx2.Response:
        kept = {name: value for name, value in form.items() if value is not None}
        return self.back.post(self.op.metadata["token_endpoint"], data=kept, headers=headers)

    def redeem(self, code: str, *, post: bool = False, **more: str | None) -> httpx2.Response:
        """Redeem a code."""
        form = {"redirect_uri": self.client.redirect_uri, **more}
        call = self.token_with_secret_in_form if post else self.token
        return call(grant_type="authorization_code", code=code, **form)

    def redeemed(self, code: str, *, post: bool = False, **more: str | None) -> dict[str, Json]:
        """Redeem a code and judge the answer."""
        return self.judge_tokens(self.redeem(code, post=post, **more))

    def userinfo(self, token: str, how: str = "get") -> httpx2.Response:
        """Call userInfo by GET, or by POST with the token in the header or in the body."""
        endpoint = self.op.metadata["userinfo_endpoint"]
        bearer = {"Authorization": f"Bearer {token}"}
        if how == "get":
            return self.back.get(endpoint, headers=bearer)
        if how == "post-header":
            return self.back.post(endpoint, headers=bearer)
        return self.back.post(endpoint, data={"access_token": token})

    # ---------------------------------------------------------------------------------- judgement

    def judge_tokens(self, answer: httpx2.Response) -> dict[str, Json]:
        """Return the tokens of an answer that is as RFC 6749 5.1 asks."""
        require(answer.status_code == 200, f"token endpoint: {answer.status_code} {answer.text}")
        require("no-store" in answer.headers.get("cache-control", ""), "tokens may be cached")
        tokens: dict[str, Json] = answer.json()
        require(str(tokens.get("token_type")).lower() == "bearer", "token_type is not Bearer")
        require(isinstance(tokens.get("expires_in"), int), "expires_in is not a number")
        require(tokens.get("access_token"), "there is no access token")
        return tokens

    def judge_id_token(self, token: str, access_token: str | None) -> dict[str, Json]:
        """Return the claims of an ID token that is as OIDC Core 3.1.3.7 asks."""
        header = segment(token, 0)
        require(header.get("alg") == "RS256", f"the ID token is signed with {header.get('alg')}")
        require(header.get("kid"), "the ID token names no key")
        try:
            claims = jwt.decode(token, KeySet.import_key_set(self._jwks()), ["RS256"]).claims
        except JoseError as problem:
            require(False, f"the ID token does not verify: {problem}")
            raise
        missing = [name for name in ID_TOKEN_CLAIMS if name not in claims]
        require(not missing, f"the ID token lacks {missing}")
        require(claims["iss"] == self.op.metadata["issuer"], "the ID token has another issuer")
        require(claims["aud"] == self.client.id, "the ID token is for somebody else")
        require(claims.get("nonce") == self.nonce, "the nonce came back changed")
        wrong = [name for name in BOOLEANS if not isinstance(claims.get(name, True), bool)]
        require(not wrong, f"not boolean in the ID token: {', '.join(wrong)}")
        if access_token and "at_hash" in claims:
            half = hashlib.sha256(access_token.encode()).digest()[:16]
            expected = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
            require(claims["at_hash"] == expected, "at_hash is of another access token")
        require(
            "at_hash" in claims or self.flow.response_type != "id_token token",
            "the ID token lacks at_hash",
        )
        return claims

    def judge_userinfo(self, answer: httpx2.Response, subject: str) -> dict[str, Json]:
        """Return the claims of a userInfo answer that is as OIDC Core 5.3.2 asks."""
        require(answer.status_code == 200, f"userInfo: {answer.status_code}")
        kind = answer.headers.get("content-type", "")
        require(kind.startswith("application/json"), f"userInfo is {kind}")
        claims: dict[str, Json] = answer.json()
        require(claims.get("sub") == subject, "userInfo is about somebody else")
        wrong = [name for name in BOOLEANS if not isinstance(claims.get(name, True), bool)]
        require(not wrong, f"not boolean at userInfo: {', '.join(wrong)}")
        require(isinstance(claims.get("updated_at", 0), int), "not a number: updated_at")
        require(isinstance(claims.get("address", {}), dict), "not an object: address")
        return claims

    def _jwks(self) -> Json:
        return self.back.get(self.op.metadata["jwks_uri"]).json()
