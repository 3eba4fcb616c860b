"""Prepare a run of the OpenID Foundation's conformance suite, which needs a machine of its own.

    python tools/conformance.py plan               write docs/conformance/plan.json
    python tools/conformance.py plan --check       fail when it is not what the tests say
    python tools/conformance.py prepare --endpoint URL --suite URL --profile strict
                                                   make a pool, print the suite's configuration
    python tools/conformance.py arguments --profile strict
                                                   print what the suite's script is to run

The tests make their pools with the same functions, so that both run against the same thing.
How to run the suite: docs/conformance/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "docs" / "conformance" / "plan.json"
ALIAS = "poolkeep"
QUERY = "dummy1=lorem&dummy2=ipsum"
"""What the suite adds to its second address, to see that it is kept."""
PASSWORD = "Correct-Horse-7"
USERNAME = "conformance"
RESOURCE = "https://resource.example.com"
STATIC = {"client_registration": "static_client", "server_metadata": "discovery"}
VARIANTS: dict[str, dict[str, str]] = {
    "oidcc-config-certification-test-plan": {},
    "oidcc-basic-certification-test-plan": STATIC,
    "oidcc-implicit-certification-test-plan": STATIC,
    "oidcc-formpost-basic-certification-test-plan": STATIC,
    "oidcc-formpost-implicit-certification-test-plan": STATIC,
    "oidcc-rp-initiated-logout-certification-test-plan": {
        "client_registration": "static_client",
        "response_type": "code",
    },
}
"""The plans that a run outside begins, and the variants that fit a pool: its clients are made
beforehand, its metadata is discovered."""
ATTRIBUTES = {
    "email": "conformance@example.com",
    "email_verified": "true",
    "phone_number": "+12065550100",
    "phone_number_verified": "true",
    "address": '{"formatted": "1 Main Street, Springfield"}',
    "name": "Connie Formance",
    "given_name": "Connie",
    "family_name": "Formance",
    "middle_name": "Q",
    "nickname": "connie",
    "preferred_username": "connie.formance",
    "profile": "https://example.com/connie",
    "picture": "https://example.com/connie.png",
    "website": "https://connie.example.com",
    "gender": "female",
    "birthdate": "1990-02-28",
    "zoneinfo": "Europe/Vienna",
    "locale": "de-AT",
    "updated_at": "1700000000",
}

Json = Any
Call = Callable[..., dict[str, Json]]
"""call("CreateUserPool", PoolName="…") -> the answer"""


# ------------------------------------------------------------------------------ what a pool needs


def callback(suite: str) -> str:
    """Return the suite's address for answers."""
    return f"{suite}/test/a/{ALIAS}/callback"


def after_logout(suite: str) -> str:
    """Return the suite's address for who has signed out."""
    return f"{suite}/test/a/{ALIAS}/post_logout_redirect"


def make_pool(call: Call, profile: str) -> str:
    """Make a pool that speaks in this profile; return its id."""
    made = call(
        "CreateUserPool",
        PoolName=f"conformance-{profile}",
        UserPoolTags={"poolkeep:profile": profile},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
    )
    pool_id: str = made["UserPool"]["Id"]
    return pool_id


def make_domain(call: Call, pool_id: str) -> None:
    """Give the pool a domain, with managed login: the first generation ignores `prompt`."""
    # Digits of a digest, since an id may happen to hold a word that domains must not.
    prefix = "conformance-" + hashlib.sha256(pool_id.encode()).hexdigest()[:12]
    call("CreateUserPoolDomain", UserPoolId=pool_id, Domain=prefix, ManagedLoginVersion=2)


def make_client(call: Call, pool_id: str, suite: str, name: str, **more: Json) -> dict[str, Json]:
    """Make a client with a secret, and a style for its pages."""
    wanted: dict[str, Json] = {
        "ClientName": name,
        "GenerateSecret": True,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile"],
        "CallbackURLs": [callback(suite), f"{callback(suite)}?{QUERY}"],
        "LogoutURLs": [after_logout(suite)],
        "SupportedIdentityProviders": ["COGNITO"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        **more,
    }
    made: dict[str, Json] = call("CreateUserPoolClient", UserPoolId=pool_id, **wanted)
    client: dict[str, Json] = made["UserPoolClient"]
    call(
        "CreateManagedLoginBranding",
        UserPoolId=pool_id,
        ClientId=client["ClientId"],
        UseCognitoProvidedValues=True,
    )
    return client


def make_user(call: Call, pool_id: str, username: str = USERNAME) -> str:
    """Make a user with every standard attribute; return the name."""
    who = {"UserPoolId": pool_id, "Username": username}
    listed = [{"Name": name, "Value": value} for name, value in ATTRIBUTES.items()]
    call("AdminCreateUser", **who, MessageAction="SUPPRESS", UserAttributes=listed)
    call("AdminSetUserPassword", **who, Password=PASSWORD, Permanent=True)
    return username


# --------------------------------------------------------------------------- what the suite needs


def configuration(
    base: str, issuer: str, clients: tuple[dict[str, Json], dict[str, Json]], profile: str
) -> dict[str, Json]:
    """Return the suite's configuration for a pool whose pages are below `base`."""
    first, second = ({"client_id": c.get("ClientId"), "client_secret": c.get("ClientSecret")}
                     for c in clients)  # fmt: skip
    return {
        "alias": ALIAS,
        "description": f"poolkeep, {profile} profile",
        "server": {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"},
        "client": first,
        "client_secret_post": first,
        "client2": second,
        "resource": {"resourceUrl": RESOURCE},
        "browser": [_sign_in(base), _sign_out(base)],
        "override": {
            "oidcc-prompt-login": {"browser": [_sign_in(base, shows=True), _sign_out(base)]},
            "oidcc-max-age-1": {"browser": [_sign_in(base, shows=True), _sign_out(base)]},
            "oidcc-ensure-registered-redirect-uri": {"browser": [_error(base)]},
            "oidcc-response-type-missing": {"browser": [_error(base, optional=True)]},
        },
    }


def _task(task: str, match: str, *commands: list[Json], optional: bool = False) -> dict[str, Json]:
    told: dict[str, Json] = {"task": task, "match": match, "commands": list(commands)}
    return {**told, "optional": True} if optional else told


def _sign_in(base: str, *, shows: bool = False) -> dict[str, Json]:
    """Fill in the form that managed login shows; `shows`: keep a picture of the second time."""
    seen = [["wait", "name", "password", 10, "", "update-image-placeholder-optional"]]
    return {
        "match": f"{base}/oauth2/authorize*",
        "tasks": [
            _task(
                "Sign in",
                f"{base}/login*",
                *(seen if shows else []),
                ["text", "name", "username", USERNAME],
                ["text", "name", "password", PASSWORD],
                ["click", "name", "signInSubmitButton"],
                optional=True,
            ),
            _task(
                "Arrive",
                f"*/test/a/{ALIAS}/callback*",
                ["wait", "id", "submission_complete", 10],
                optional=True,
            ),
        ],
    }


def _sign_out(base: str) -> dict[str, Json]:
    """Keep a picture of whatever page signing out ends with; confirm where that is asked for."""
    return {
        "match": f"{base}/logout*",
        "tasks": [
            _task(
                "Confirm",
                f"{base}/logout*",
                ["click", "name", "signOutSubmitButton", "optional"],
                optional=True,
            ),
            _task(
                "Look",
                f"{base}/*",
                ["wait", "xpath", "//main", 10, ".*", "update-image-placeholder-optional"],
                optional=True,
            ),
        ],
    }


def _error(base: str, *, optional: bool = False) -> dict[str, Json]:
    wait = ["wait", "xpath", "//main", 10, ".*", "update-image-placeholder"]
    return {
        "match": f"{base}/oauth2/authorize*",
        "tasks": [_task("See the error", f"{base}/error*", wait, optional=optional)],
    }


def _verdict(verdict: Json) -> dict[str, Json]:
    why = {"why": list(verdict.why)} if verdict.why else {}
    return {"result": verdict.result.value, **why}


def plan() -> dict[str, Json]:
    """Return what is to be run, what is expected, and the configuration with names to fill in."""
    if str(ROOT) not in sys.path:  # run as a script
        sys.path.insert(0, str(ROOT))
    registry = importlib.import_module("tests.conformance.registry")
    plans = []
    for name, variant in VARIANTS.items():
        told: dict[str, dict[str, Json]] = {}
        for module in registry.modules():
            if module.plan != name:
                continue
            for profile, verdict in module.verdicts.items():
                expected = _verdict(verdict)
                if module.outside is not None:
                    expected["suite"] = _verdict(module.outside)
                told.setdefault(profile, {})[module.name] = expected
        plans.append({"plan": name, "variant": variant, "expected": told})
    names = tuple(
        {"ClientId": f"${{{name}_ID}}", "ClientSecret": f"${{{name}_SECRET}}"}
        for name in ("CLIENT", "CLIENT2")
    )
    config = configuration("${BASE}", "${ISSUER}", (names[0], names[1]), "${PROFILE}")
    return {"plans": plans, "configuration": config}


def written(value: object) -> str:
    """Return JSON as the file holds it."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# -------------------------------------------------------------------------------------- commands


def prepare(endpoint: str, suite: str, profile: str, region: str) -> dict[str, Json]:
    """Make everything at a running poolkeep; return the filled-in configuration."""
    boto3 = importlib.import_module("boto3")
    xform_name = importlib.import_module("botocore").xform_name
    service = boto3.client("cognito-idp", endpoint_url=endpoint, region_name=region)

    def call(operation: str, **members: Json) -> dict[str, Json]:
        answer: dict[str, Json] = getattr(service, xform_name(operation))(**members)
        return answer

    pool_id = make_pool(call, profile)
    make_domain(call, pool_id)
    first, second = (make_client(call, pool_id, suite, name) for name in ("first", "second"))
    make_user(call, pool_id)
    issuer, base = discovered(f"{endpoint.rstrip('/')}/{pool_id}")
    return configuration(base, issuer, (first, second), profile)


def discovered(below: str) -> tuple[str, str]:
    """Return the issuer that a pool names below this address, and where its pages are."""
    address = f"{below}/.well-known/openid-configuration"
    if urllib.parse.urlsplit(address).scheme not in {"http", "https"}:
        raise SystemExit(f"not an address of a server: {below}")
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - http or https
        told = json.load(answer)
    return told["issuer"], told["authorization_endpoint"].removesuffix("/oauth2/authorize")


def arguments(profile: str, config: str = "config.json") -> list[str]:
    """Return what the suite's script is given to run every plan that a profile has verdicts for."""
    given: list[str] = []
    for one in plan()["plans"]:
        if profile in one["expected"]:
            variant = "".join(f"[{name}={value}]" for name, value in one["variant"].items())
            given += [one["plan"] + variant, config]
    return given


def main() -> int:
    """Do what was asked; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("plan", help="write docs/conformance/plan.json")
    writing.add_argument("--check", action="store_true", help="only compare")
    preparing = commands.add_parser("prepare", help="make a pool and print the configuration")
    preparing.add_argument("--endpoint", required=True, help="address of poolkeep")
    preparing.add_argument("--suite", required=True, help="address of the suite")
    preparing.add_argument("--profile", choices=("compat", "strict"), default="strict")
    preparing.add_argument("--region", default="us-east-1")
    running = commands.add_parser("arguments", help="print what the suite's script is to run")
    running.add_argument("--profile", choices=("compat", "strict"), default="strict")
    running.add_argument("--config", default="config.json", help="what prepare has printed")
    asked = parser.parse_args()
    if asked.command == "arguments":
        print("\n".join(arguments(asked.profile, asked.config)))
        return 0
    if asked.command == "prepare":
        made = prepare(asked.endpoint, asked.suite.rstrip("/"), asked.profile, asked.region)
        print(written(made), end="")
        return 0
    new = written(plan())
    if asked.check:
        return 0 if PLAN.exists() and PLAN.read_text() == new else 1
    PLAN.parent.mkdir(parents=True, exist_ok=True)
    PLAN.write_text(new)
    print(PLAN.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
