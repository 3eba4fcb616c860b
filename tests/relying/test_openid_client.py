"""openid-client for Node, certified by the OpenID Foundation: no check of its is relaxed."""

import pytest

from tests.relying.conversation import converse
from tests.relying.registration import PROFILES, SIGNED_OUT, STRICT, Registration, register
from tests.sdk.support import PASSWORD, Json, Wire
from tests.support.visitor import Visitor

CALLBACK = "http://localhost:4000/"


def report_of(party: Registration, authentication: str) -> Json:
    """Let the client sign the user in, and more, and return what it tells."""
    visitor = Visitor()

    def visit(url: str) -> str:
        return visitor.sign_in(url, party.username, PASSWORD, until=CALLBACK).url

    return converse("openid.mjs", party.settings(authentication=authentication), visit)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("authentication", ["basic", "post", "none"])
def test_a_certified_client(wire: Wire, profile: str, authentication: str) -> None:
    party = register(wire, profile, secret=authentication != "none")
    told = report_of(party, authentication)
    assert told["metadata"]["issuer"] == party.issuer

    claims = told["claims"]
    assert claims["iss"] == party.issuer
    assert claims["aud"] == party.app.client_id
    assert claims["email"] == party.email
    assert claims["cognito:username"] == party.username
    assert told["type"] == "bearer"  # the client itself writes it small
    assert told["expires"] == 3600
    user = told["user"]
    assert (user["sub"], user["email"], user["name"]) == (
        claims["sub"], party.email, "Ada Lovelace",
    )  # fmt: skip
    # The one thing of Cognito's that OpenID Connect has otherwise, and this client lets pass.
    assert user["email_verified"] == (True if profile == STRICT else "true")
    assert told["silent"] == {"sub": claims["sub"], "auth_time": claims["auth_time"]}
    assert told["refreshed"]["sub"] == claims["sub"]
    assert told["refreshed"]["auth_time"] == claims["auth_time"]
    assert told["signedOut"].startswith(SIGNED_OUT)
    assert told["signedOut"].partition("?")[2] in {"state=out+of+here", "state=out%20of%20here"}

    assert told["otherSubject"]["code"] == "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED"
    assert told["wrongState"]["code"] == "OAUTH_INVALID_RESPONSE"
    assert told["wrongNonce"]["code"] == "OAUTH_JWT_CLAIM_COMPARISON_FAILED"
    assert told["wrongVerifier"]["error"] == "invalid_grant"
    assert told["codeAgain"]["error"] == "invalid_grant"
    assert told["afterRevocation"]["error"] == "invalid_grant"
    assert told["userAfterRevocation"]["code"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
    assert told["wrongScope"]["error"] == "invalid_scope"
    assert told["afterLogout"]["error"] == "login_required"


def test_what_strict_pools_have_beyond(wire: Wire) -> None:
    party = register(wire, STRICT)
    visitor = Visitor()

    def visit(url: str) -> str:
        return visitor.sign_in(url, party.username, PASSWORD, until=CALLBACK).url

    told = converse("openid_strict.mjs", party.settings(), visit)
    assert told["pushed"] == ["client_id", "request_uri"]
    assert told["iss"] == party.issuer
    assert told["type"] == "dpop"
    assert told["user"] == party.email
    assert told["known"] == {"active": True, "bound": True}
    assert told["bare"]["error"] == "invalid_token"
    assert told["otherKey"]["error"] in {"invalid_token", "invalid_dpop_proof"}
    assert told["otherKeysCode"]["error"] in {"invalid_grant", "invalid_dpop_proof"}
    assert '"iss"' in told["mixedUp"]["cause"]
