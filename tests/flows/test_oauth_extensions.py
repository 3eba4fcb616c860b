"""What strict pools have beyond Cognito: docs/behaviours/oauth-extensions.md."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from poolkeep.core.oauth.device_authorization import GRANT_TYPE
from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    CALLBACK,
    STRICT,
    VERIFIER,
    Party,
    Told,
    a_domain,
    a_party,
    challenge_of,
)
from tests.sdk.support import claims_of, holds, refused, unique

KEY: Final = ECKey.generate_key("P-256")
OTHER_KEY: Final = ECKey.generate_key("P-256")
TAG: Final = "poolkeep:backchannel-logout-uri:"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    with serving(tmp_path_factory.mktemp("extensions")) as wire:
        yield wire


@pytest.fixture(scope="module")
def strict(wire: InProcessWire) -> Party:
    """Return a client of a strict pool."""
    return a_party(wire, a_domain(wire, UserPoolTags=STRICT))


@pytest.fixture(scope="module")
def compat(wire: InProcessWire) -> Party:
    """Return a client of a compat pool."""
    return a_party(wire, a_domain(wire))


@pytest.fixture(scope="module")
def public(strict: Party) -> Party:
    """Return a client without a secret of the strict pool."""
    return strict.beside(GenerateSecret=False)


def origin_of(party: Party) -> str:
    """Return what precedes the endpoints of a party's pool at the host that it calls."""
    found: str = party.post("/oauth2/device_authorization", {})["verification_uri"]
    return found.removesuffix("/device")


def proof(
    party: Party, endpoint: str, *, key: ECKey = KEY, method: str = "POST", token: str = ""
) -> dict[str, str]:
    """Return a DPoP header."""
    said: dict[str, Any] = {
        "jti": unique("jti"),
        "htm": method,
        "htu": origin_of(party) + endpoint,
        "iat": int(time.time()),
    }
    if token:
        digest = hashlib.sha256(token.encode()).digest()
        said["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return {"DPoP": jws.serialize_compact(header, json.dumps(said), key, algorithms=["ES256"])}


def redeem(party: Party, code: str, headers: dict[str, str], **more: str) -> Told:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **more}
    return party.post("/oauth2/token", form, headers)


# -- discovery


@holds("OEXT-01", "OEXT-10", "OEXT-20", "OEXT-30")
def test_discovery_tells_of_extensions_in_strict_alone(strict: Party, compat: Party) -> None:
    names = {
        "pushed_authorization_request_endpoint", "device_authorization_endpoint",
        "dpop_signing_alg_values_supported", "backchannel_logout_supported",
        "authorization_response_iss_parameter_supported",
    }  # fmt: skip
    told = strict.get("/.well-known/openid-configuration").members
    assert names <= told.keys()
    assert "form_post" in told["response_modes_supported"]
    assert GRANT_TYPE in told["grant_types_supported"]
    assert not names & compat.get("/.well-known/openid-configuration").members.keys()
    for endpoint in ("/oauth2/par", "/oauth2/device_authorization"):
        assert compat.post(endpoint, {}).status == 404
    assert compat.token(grant_type=GRANT_TYPE, device_code="x").error == (
        400, "unsupported_grant_type",
    )  # fmt: skip


# -- pushed requests


def asked(**more: str) -> dict[str, str]:
    return {
        "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": "s", **more
    }  # fmt: skip


@holds("OEXT-01", "OEXT-04")
def test_a_request_is_pushed_by_its_client(strict: Party, public: Party) -> None:
    told = strict.post("/oauth2/par", asked())
    assert told.status == 201
    assert told["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert told["expires_in"] == 300
    assert public.post("/oauth2/par", asked()).status == 201
    named = asked(request_uri=told["request_uri"])
    assert strict.post("/oauth2/par", named).error == (400, "invalid_request")
    wrong = asked(redirect_uri="https://evil.example.com/")
    assert strict.post("/oauth2/par", wrong).error == (400, "invalid_request")
    assert strict.post("/oauth2/par", asked(scope="nothing")).error == (
        400, "invalid_scope",
    )  # fmt: skip
    basic = strict.basic(secret="wrong")
    told = strict.post("/oauth2/par", asked(), basic, anonymous=True)
    assert told.error == (401, "invalid_client")
    other = {**asked(), "client_id": public.app.client_id}
    assert strict.post("/oauth2/par", other).error == (400, "invalid_request")


@holds("OEXT-02", "OEXT-03")
def test_the_browser_brings_its_name_alone(strict: Party, public: Party) -> None:
    pushed = strict.post("/oauth2/par", asked(state="pushed"))["request_uri"]

    def location(client: Party, request_uri: str, **more: str) -> str:
        query = {"client_id": client.app.client_id, "request_uri": request_uri, **more}
        text = "&".join(f"{name}={value}" for name, value in query.items())
        told = client.get(f"/oauth2/authorize?{text}")
        assert told.status == 302
        return dict(told.reply.headers)["location"]

    at = location(strict, pushed, prompt="none", state="typed", redirect_uri="https://evil.example")
    assert "/login" in at  # what is beside the name does not count: nobody asked for prompt=none
    assert "/error" in location(public, pushed)
    assert "/error" in location(strict, pushed + "x")
    silent = strict.post("/oauth2/par", asked(prompt="none", state="pushed"))
    at = location(strict, silent["request_uri"])
    assert at.startswith(CALLBACK)
    assert "login_required" in at
    assert "state=pushed" in at


# -- proofs of possession


@holds("OEXT-24")
def test_tokens_are_bound_to_the_key(public: Party) -> None:
    user = public.user()
    told = redeem(public, public.code(user), proof(public, "/oauth2/token"))
    assert told["token_type"] == "DPoP"
    access, refresh = told["access_token"], told["refresh_token"]
    assert claims_of(access)["cnf"] == {"jkt": KEY.thumbprint()}

    def user_info(scheme: str, headers: dict[str, str]) -> int:
        bearer = {"Authorization": f"{scheme} {access}"}
        return public.get("/oauth2/userInfo", {**bearer, **headers}).status

    right = proof(public, "/oauth2/userInfo", method="GET", token=access)
    assert user_info("DPoP", right) == 200
    assert user_info("DPoP", right) == 400  # used
    assert user_info("Bearer", {}) == 401
    assert user_info("DPoP", {}) == 401
    stranger = proof(public, "/oauth2/userInfo", method="GET", token=access, key=OTHER_KEY)
    assert user_info("DPoP", stranger) == 401
    without = proof(public, "/oauth2/userInfo", method="GET")
    assert user_info("DPoP", without) == 400

    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert public.post("/oauth2/token", form).error == (400, "invalid_grant")
    stolen = proof(public, "/oauth2/token", key=OTHER_KEY)
    assert public.post("/oauth2/token", form, stolen).error == (400, "invalid_grant")
    again = public.post("/oauth2/token", form, proof(public, "/oauth2/token"))
    assert claims_of(again["access_token"])["cnf"] == {"jkt": KEY.thumbprint()}
    bad = public.post("/oauth2/token", form, {"DPoP": "a.b.c"})
    assert bad.error == (400, "invalid_dpop_proof")


@holds("OEXT-24")
def test_a_code_is_bound_to_the_key_that_asked_for_it(public: Party) -> None:
    jkt = KEY.thumbprint()
    for headers in ({}, proof(public, "/oauth2/token", key=OTHER_KEY)):
        code = public.code(public.user(), dpop_jkt=jkt)
        assert redeem(public, code, headers).error == (400, "invalid_grant")
    code = public.code(public.user(), dpop_jkt=jkt, code_challenge=challenge_of(VERIFIER))
    told = redeem(public, code, proof(public, "/oauth2/token"), code_verifier=VERIFIER)
    assert told["token_type"] == "DPoP"


@holds("OEXT-24")
def test_a_bound_token_opens_nothing_as_a_bearers(public: Party) -> None:
    scopes = "openid aws.cognito.signin.user.admin"
    told = redeem(public, public.code(public.user(), scopes), proof(public, "/oauth2/token"))
    with refused("NotAuthorizedException"):
        public.wire.call("GetUser", AccessToken=told["access_token"])


@holds("OEXT-20")
def test_proofs_mean_nothing_in_compat(compat: Party) -> None:
    told = redeem(compat, compat.code(compat.user()), {"DPoP": "a.b.c"})
    assert told["token_type"] == "Bearer"
    assert "cnf" not in claims_of(told["access_token"])


# -- devices


@holds("OEXT-10", "OEXT-12", "OEXT-13")
def test_a_device_asks_and_waits(strict: Party, public: Party) -> None:
    told = public.post("/oauth2/device_authorization", {"scope": "openid"})
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert told["verification_uri"] == f"{origin_of(public)}/device"
    assert told["verification_uri_complete"].endswith(f"?user_code={told['user_code']}")
    form = {"grant_type": GRANT_TYPE, "device_code": told["device_code"]}
    assert public.post("/oauth2/token", form).error == (400, "authorization_pending")
    assert public.post("/oauth2/token", form).error == (400, "slow_down")
    assert strict.post("/oauth2/token", form).error == (400, "invalid_grant")
    missing = {"grant_type": GRANT_TYPE}
    assert public.post("/oauth2/token", missing).error == (400, "invalid_request")
    assert public.post("/oauth2/device_authorization", {"scope": "nothing"}).error == (
        400, "invalid_scope",
    )  # fmt: skip
    machine = strict.beside(
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api.example/read"]
    )
    told = machine.post("/oauth2/device_authorization", {})
    assert told.error == (400, "unauthorized_client")
