"""The flow itself, ID tokens, and userInfo."""

from typing import Final
from urllib.parse import urlencode

from tests.conformance.browser import Landing, Page
from tests.conformance.registry import BASIC, FORM_POST, FORM_POST_IMPLICIT, IMPLICIT, Run, module
from tests.conformance.relying import VERIFIER, challenge_of
from tests.conformance.verdicts import PASS, NotApplicableError, fails, require, skips
from tests.sdk.support import segment

ALL: Final = (BASIC, IMPLICIT, FORM_POST, FORM_POST_IMPLICIT)
CODES: Final = (BASIC, FORM_POST)
TOKENS_AT_ONCE: Final = (IMPLICIT, FORM_POST_IMPLICIT)
STRINGS: Final = "not boolean at userInfo: email_verified, phone_number_verified"
NO_POST: Final = "userInfo: 405"


@module("oidcc-server", *ALL, compat=PASS, strict=PASS)
def server(run: Run) -> None:
    """Sign in, and get tokens that hold together."""
    run.party().sign_in()


@module("oidcc-response-type-missing", *ALL, compat=PASS, strict=PASS)
def response_type_missing(run: Run) -> None:
    """Refuse a request without `response_type`, by an error or a page."""
    party = run.party()
    at = party.authorize(response_type=None)
    if isinstance(at, Landing):
        named = at.params.get("error")
        require(named in {"invalid_request", "unsupported_response_type"}, f"answered {named}")
        require(at.params.get("state") == party.state, "the state came back changed")
    else:
        require(at.status >= 400, "shown a page that is no error")


@module("oidcc-idtoken-signature", *ALL, compat=PASS, strict=PASS)
def idtoken_signature(run: Run) -> None:
    """Sign ID tokens by RS256, with a key that is published and named."""
    tokens = run.party().sign_in().tokens
    kid = segment(tokens["id_token"], 0)["kid"]
    require(kid in {key["kid"] for key in run.op.jwks()["keys"]}, "the key is not published")


@module(
    "oidcc-idtoken-unsigned",
    *CODES,
    compat=skips("unsigned ID tokens are not offered"),
    strict=skips("unsigned ID tokens are not offered"),
)
def idtoken_unsigned(run: Run) -> None:
    """Issue unsigned ID tokens to a client that is registered for them."""
    if "none" not in run.op.metadata["id_token_signing_alg_values_supported"]:
        raise NotApplicableError("unsigned ID tokens are not offered")


def userinfo(run: Run, how: str) -> None:
    """Call userInfo after a sign-in and judge the answer."""
    party = run.party()
    done = party.sign_in()
    party.judge_userinfo(party.userinfo(done.access_token, how), done.claims["sub"])


@module("oidcc-userinfo-get", *ALL, compat=fails(STRINGS), strict=PASS, with_access_token=True)
def userinfo_get(run: Run) -> None:
    """Answer at userInfo by GET, with claims of the types that OpenID Connect gives them."""
    userinfo(run, "get")


@module(
    "oidcc-userinfo-post-header",
    *ALL,
    compat=fails(NO_POST),
    strict=PASS,
    with_access_token=True,
)
def userinfo_post_header(run: Run) -> None:
    """Answer at userInfo by POST, the token in the header."""
    userinfo(run, "post-header")


@module(
    "oidcc-userinfo-post-body",
    *ALL,
    compat=fails(NO_POST),
    strict=PASS,
    with_access_token=True,
)
def userinfo_post_body(run: Run) -> None:
    """Answer at userInfo by POST, the token in the body."""
    userinfo(run, "post-body")


@module(
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow", *CODES, compat=PASS, strict=PASS
)
def without_nonce(run: Run) -> None:
    """Do without a nonce where a code is asked for."""
    require("nonce" not in run.party().sign_in(nonce=None).claims, "a nonce out of nowhere")


@module("oidcc-ensure-request-without-nonce-fails", *TOKENS_AT_ONCE, strict=PASS)
def without_nonce_fails(run: Run) -> None:
    """Refuse an implicit request without a nonce."""
    party = run.party()
    party.authorize(nonce=None)
    require(party.error() == "invalid_request", f"answered {party.error()}")


@module("oidcc-alternate-happy-flow", *ALL, compat=PASS, strict=PASS)
def alternate(run: Run) -> None:
    """Take parameters and scopes in any order, from another client."""
    party = run.party(run.op.client2)
    asked = dict(reversed(party.parameters(scope="profile openid").items()))
    party.browser.go(f"{run.op.metadata['authorization_endpoint']}?{urlencode(asked)}")
    party.finish()


@module("oidcc-ensure-request-with-valid-pkce-succeeds", *CODES, compat=PASS, strict=PASS)
def pkce(run: Run) -> None:
    """Redeem a code whose challenge the verifier meets."""
    party = run.party()
    party.authorize(code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
    party.finish(VERIFIER)


@module("oidcc-server-client-secret-post", *CODES, compat=PASS, strict=PASS)
def client_secret_post(run: Run) -> None:
    """Take the client's secret in the form."""
    party = run.party()
    party.authorize()
    tokens = party.redeemed(party.answer().params["code"], post=True)
    party.judge_id_token(tokens["id_token"], tokens["access_token"])


@module("oidcc-ensure-registered-redirect-uri", *ALL, compat=PASS, strict=PASS)
def registered_redirect_uri(run: Run) -> None:
    """Show an error instead of answering to an address that is not registered."""
    at = run.party().authorize(redirect_uri=f"{run.op.client.redirect_uri}/other")
    require(isinstance(at, Page), "sent to an address that is not registered")
    assert isinstance(at, Page)
    require(at.status >= 400, "shown a page that is no error")


@module(
    "oidcc-ensure-post-request-succeeds",
    *CODES,
    compat=fails("authorize by POST: 405"),
    strict=PASS,
)
def post_request(run: Run) -> None:
    """Take an authorization request by POST."""
    party = run.party()
    at = party.authorize_by_post()
    require(isinstance(at, Landing) or at.status < 400, f"authorize by POST: {_status(at)}")
    party.finish()


def _status(at: Landing | Page) -> object:
    return at.status if isinstance(at, Page) else at.params.get("error")
