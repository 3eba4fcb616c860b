"""Codes that come twice, refresh tokens, and requests in JWTs."""

import base64
import json
from typing import Final

from tests.conformance.browser import Landing
from tests.conformance.registry import BASIC, FORM_POST, IMPLICIT, Run, module
from tests.conformance.verdicts import PASS, fails, require, warns

ALL: Final = (BASIC, IMPLICIT, FORM_POST)
CODES: Final = (BASIC, FORM_POST)
IGNORED: Final = "the request object was ignored"


def reuse(run: Run, wait_s: float) -> None:
    """Redeem a code, wait, and redeem it again."""
    party = run.party()
    party.authorize()
    code = party.answer().params["code"]
    tokens = party.redeemed(code)
    if wait_s:
        run.op.wire.advance(wait_s)
    again = party.redeem(code)
    require(again.status_code == 400, f"the second time: {again.status_code}")
    require(again.json().get("error") == "invalid_grant", f"answered {again.json()}")
    if party.userinfo(tokens["access_token"]).status_code == 200:
        run.warn("the tokens of the first time still work")


@module("oidcc-codereuse", *CODES, compat=PASS, strict=PASS)
def codereuse(run: Run) -> None:
    """Refuse a code the second time, and revoke what the first time brought."""
    reuse(run, 0)


@module("oidcc-codereuse-30seconds", *CODES, compat=PASS, strict=PASS)
def codereuse_30_seconds(run: Run) -> None:
    """Refuse a code half a minute later, and revoke what it brought."""
    reuse(run, 30)


@module("oidcc-refresh-token", *CODES, compat=PASS, strict=PASS)
def refresh_token(run: Run) -> None:
    """Refresh for the client that the token was given to, and for nobody else."""
    party, other = run.party(), run.party(run.op.client2)
    done = party.sign_in(nonce=None)
    asked = {"grant_type": "refresh_token", "refresh_token": done.tokens["refresh_token"]}
    refused = other.token(**asked)
    require(refused.status_code == 400, f"another client: {refused.status_code}")
    require(refused.json().get("error") == "invalid_grant", f"answered {refused.json()}")
    tokens = party.judge_tokens(party.token(**asked))
    claims = party.judge_id_token(tokens["id_token"], tokens["access_token"])
    for name in ("sub", "iss", "aud", "auth_time"):
        require(claims[name] == done.claims[name], f"another {name}")


def unsigned(**claims: str) -> str:
    """Return a request object that nobody signed."""
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in parts
        )
        + "."
    )


def request_object(run: Run, *, redirect_uri: str | None, inner: str | None) -> None:
    """Send a request object whose state differs from the one beside it."""
    party = run.party()
    told = party.parameters(redirect_uri=redirect_uri)
    held = {"state": "inside", "redirect_uri": inner or ""}
    party.authorize(request=unsigned(**{**told, **{k: v for k, v in held.items() if v}}))
    if party.is_asked_to_sign_in():
        party.proceed()
    at = party.browser.at
    if isinstance(at, Landing) and at.params.get("error") == "request_not_supported":
        return
    require(isinstance(at, Landing), "no answer reached the client")
    require(isinstance(at, Landing) and at.params.get("state") == "inside", IGNORED)


@module(
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    *ALL,
    compat=fails(IGNORED),
    strict=PASS,
)
def unsigned_request_object(run: Run) -> None:
    """Obey a request object, or say `request_not_supported`."""
    uri = run.op.client.redirect_uri
    request_object(run, redirect_uri=uri, inner=uri)


@module("oidcc-ensure-request-object-with-redirect-uri", *ALL, compat=fails(IGNORED), strict=PASS)
def request_object_redirect_uri(run: Run) -> None:
    """Take the address of a request object, or say `request_not_supported`."""
    uri = run.op.client.redirect_uri
    request_object(run, redirect_uri=uri, inner=f"{uri}/other")


@module(
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    *ALL,
    compat=fails("request_uri was ignored"),
    strict=PASS,
)
def request_uri(run: Run) -> None:
    """Fetch a request object, or say `request_uri_not_supported`."""
    party = run.party()
    party.authorize(request_uri=f"{run.op.wire.base_url}/nothing-here")
    refused = {"request_uri_not_supported", "invalid_request_uri"}
    require(party.error() in refused, "request_uri was ignored")


@module(
    "oidcc-claims-essential",
    *CODES,
    compat=warns("not shown: name"),
    strict=warns("not shown: name"),
)
def claims_essential(run: Run) -> None:
    """Show a claim that is asked for as essential."""
    party = run.party()
    wanted = json.dumps({"userinfo": {"name": {"essential": True}}})
    done = party.sign_in(scope="openid email", claims=wanted)
    answer = party.userinfo(done.access_token)
    require(answer.status_code == 200, f"userInfo: {answer.status_code}")
    if "name" not in answer.json():
        run.warn("not shown: name")
