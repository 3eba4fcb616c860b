"""Ways around what strict pools add: keys, pushed requests, devices.

Source: docs/behaviours/oauth-extensions.md.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from poolkeep.base.refusal import TooManyRequests
from poolkeep.core.oauth.device_authorization import TRIES_MAX
from tests.behaviours.test_token_exchange import IMPERSONATION
from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    CALLBACK,
    READ,
    REGISTER,
    STRICT,
    Party,
    a_domain,
    a_machine,
    a_party,
    services_of,
)
from tests.flows.test_oauth_exchange import swap
from tests.flows.test_oauth_extensions import OTHER_KEY, proof, redeem
from tests.flows.test_registration import CODE, register
from tests.sdk.support import holds, refused


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    with serving(tmp_path_factory.mktemp("review")) as wire:
        yield wire


@pytest.fixture(scope="module")
def strict(wire: InProcessWire) -> Party:
    """Return a client of a strict pool."""
    return a_party(wire, a_domain(wire, UserPoolTags=STRICT))


@pytest.fixture(scope="module")
def public(strict: Party) -> Party:
    """Return a client without a secret of the strict pool."""
    return strict.beside(
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    )


@holds("OEXT-24")
def test_no_operation_takes_a_bound_refresh_token(public: Party) -> None:
    """Operations have no place for a proof: a stolen token must be worth nothing there."""
    told = redeem(public, public.code(public.user()), proof(public, "/oauth2/token"))
    stolen = told["refresh_token"]
    with refused("NotAuthorizedException"):
        public.wire.call(
            "InitiateAuth",
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=public.app.client_id,
            AuthParameters={"REFRESH_TOKEN": stolen},
        )


@holds("OEXT-24")
def test_no_rotation_takes_a_bound_refresh_token(strict: Party) -> None:
    public = strict.beside(
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    told = redeem(public, public.code(public.user()), proof(public, "/oauth2/token"))
    with refused("NotAuthorizedException"):
        public.wire.call(
            "GetTokensFromRefreshToken",
            ClientId=public.app.client_id,
            RefreshToken=told["refresh_token"],
        )


@holds("OEXT-24")
def test_a_bound_token_is_not_swapped_for_a_free_one(strict: Party) -> None:
    front = strict.beside(GenerateSecret=False, ExplicitAuthFlows=[IMPERSONATION])
    told = redeem(front, front.code(front.user()), proof(front, "/oauth2/token"))
    swapped = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": told["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    assert swap(front, told["access_token"]).status == 400
    for headers in ({}, proof(front, "/oauth2/token", key=OTHER_KEY)):
        assert front.post("/oauth2/token", swapped, headers).status == 400
    assert front.post("/oauth2/token", swapped, proof(front, "/oauth2/token")).status == 200


@holds("OEXT-24")
def test_a_bound_token_registers_nobody(wire: InProcessWire) -> None:
    dcr = {"AllowedScopes": [READ, REGISTER]}
    front = a_party(wire, a_domain(wire, UserPoolTags=STRICT, DcrConfiguration=dcr))
    machine = a_machine(wire, front.pool_id, AllowedOAuthScopes=[REGISTER, READ])
    form = {"grant_type": "client_credentials", "scope": REGISTER}
    free = machine.post("/oauth2/token", form)["access_token"]
    assert register(machine, CODE, free).status == 201
    bound = machine.post("/oauth2/token", form, proof(front, "/oauth2/token"))
    assert bound["token_type"] == "DPoP"
    assert register(machine, CODE, bound["access_token"]).status == 401


@holds("OEXT-05")
def test_a_pushed_request_has_a_measure(public: Party) -> None:
    """What anybody may push is kept for minutes, so it must not be as long as they like."""
    form = {"response_type": "code", "redirect_uri": CALLBACK, "scope": "openid"}
    assert public.post("/oauth2/par", form).status == 201
    for more in ({"x": "a" * 200_000}, {f"x{n}": "a" * 1000 for n in range(200)}):
        told = public.post("/oauth2/par", {**form, **more})
        assert told.status == 413, told


@holds("OEXT-15")
def test_guesses_at_one_moment_count_like_any_others(
    public: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = services_of(public.wire)
    database = services.oauth_extensions.devices._database
    read = database.read

    async def far(work: Any) -> Any:
        await asyncio.sleep(0)  # the others go on meanwhile, as with any database elsewhere
        return await read(work)

    monkeypatch.setattr(database, "read", far)

    async def guessed() -> list[object]:
        pool = await services.book.pool(public.pool_id)
        assert pool is not None
        devices = services.oauth_extensions.devices
        tries = (devices.pending(pool, "BBBB-BBBB", ip_address="192.0.2.9") for _ in range(40))
        return list(await asyncio.gather(*tries, return_exceptions=True))

    told = public.wire._loop.run(guessed())
    assert told.count(None) == TRIES_MAX
    assert sum(isinstance(each, TooManyRequests) for each in told) == 40 - TRIES_MAX
