"""Codes that come twice, refresh tokens, and requests in JWTs."""

import base64
import json
from typing import Final
from urllib.parse import parse_qsl

from tests.conformance.provider import CALLBACK_WITH_QUERY
from tests.conformance.registry import BASIC, FORM_POST, FORM_POST_IMPLICIT, IMPLICIT, Run, module
from tests.conformance.verdicts import PASS, fails, require, skips, warns
from tools import conformance

ALL: Final = (BASIC, IMPLICIT, FORM_POST, FORM_POST_IMPLICIT)
CODES: Final = (BASIC, FORM_POST)
NOT_OFFERED: Final = skips("discovery offers no unsigned request objects")
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


def request_object(run: Run, **inside: str) -> dict[str, str]:
    """Send a request whose object holds `inside`; return the answer unless it declines that."""
    party = run.party()
    told = party.parameters()
    party.authorize(**told, request=unsigned(**{**told, **inside}))
    landing = party.proceed()
    expected = run.op.client.redirect_uri
    require(landing.address == expected, f"answered to {landing.address}")
    require(landing.place == run.flow.place, f"answered in the {landing.place}")
    declined = landing.params.get("error") == "request_not_supported"
    return {**landing.params, **inside} if declined else landing.params


@module(
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    *ALL,
    compat=fails(IGNORED),
    strict=PASS,
    outside=NOT_OFFERED,
)
def unsigned_request_object(run: Run) -> None:
    """Obey a request object, or say `request_not_supported`."""
    require(request_object(run, state="inside").get("state") == "inside", IGNORED)


@module(
    "oidcc-ensure-request-object-with-redirect-uri",
    *ALL,
    compat=fails(IGNORED),
    strict=PASS,
    outside=NOT_OFFERED,
)
def request_object_redirect_uri(run: Run) -> None:
    """Take the address of a request object, or say `request_not_supported`."""
    inside = {"redirect_uri": CALLBACK_WITH_QUERY, **dict(parse_qsl(conformance.QUERY))}
    answered = request_object(run, **inside)
    require(dict(parse_qsl(conformance.QUERY)).items() <= answered.items(), IGNORED)


@module(
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    *ALL,
    compat=fails("request_uri was ignored"),
    strict=PASS,
    outside=skips("it is asked of clients that register themselves"),
)
def request_uri(run: Run) -> None:
    """Fetch a request object, or say `request_uri_not_supported`."""
    party = run.party()
    party.authorize(request_uri=f"{run.op.wire.base_url}/nothing-here")
    refused = {"request_uri_not_supported", "invalid_request_uri"}
    require(party.error() in refused, "request_uri was ignored")


@module(
    "oidcc-claims-essential",
    *ALL,
    compat=warns("not shown: name"),
    strict=warns("not shown: name"),
)
def claims_essential(run: Run) -> None:
    """Show a claim that is asked for as essential."""
    party = run.party()
    place = "userinfo" if run.flow.has_access_token else "id_token"
    wanted = json.dumps({place: {"name": {"essential": True}}})
    done = party.sign_in(scope="openid email", claims=wanted)
    claims = done.claims
    if run.flow.has_access_token:
        answer = party.userinfo(done.access_token)
        require(answer.status_code == 200, f"userInfo: {answer.status_code}")
        claims = answer.json()
    if "name" not in claims:
        run.warn("not shown: name")
