"""Provisioned limits: docs/behaviours/provisioned-limits.md."""

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, RefusedError, Wire, holds, refused, unique
from tests.support.server import StartServer

FREE = {
    "UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25, "UserRead": 120,
    "UserToken": 120, "UserResourceRead": 50,
}  # fmt: skip
FIXED = ["UserAccountRecovery", "UserList", "UserPoolRead", "ClientAuthentication"]


@pytest.fixture
def wire(wire: Wire) -> Wire:
    """Return a caller with an account of its own: rates are the account's."""
    return Wire(wire.base_url)


def definition(category: str) -> dict[str, Json]:
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


def rates(wire: Wire, category: str) -> tuple[int, int]:
    limit = wire.call("GetProvisionedLimit", LimitDefinition=definition(category))["Limit"]
    assert limit["LimitDefinition"] == definition(category)
    return limit["ProvisionedLimitValue"], limit["FreeLimitValue"]


def provision(wire: Wire, category: str, value: int) -> dict[str, Json]:
    limit: dict[str, Json] = wire.call(
        "UpdateProvisionedLimit", LimitDefinition=definition(category), RequestedLimitValue=value
    )["Limit"]
    return limit


@holds("LIMIT-01", "LIMIT-02")
@pytest.mark.parametrize("category", FREE)
def test_a_rate_is_free_until_another_is_set(wire: Wire, category: str) -> None:
    free = FREE[category]
    assert rates(wire, category) == (free, free)
    told = {"LimitDefinition": definition(category), "FreeLimitValue": free}
    for value in (free + 1, 10 * free, free):
        assert provision(wire, category, value) == {**told, "ProvisionedLimitValue": value}
        assert rates(wire, category) == (value, free)


@holds("LIMIT-03")
@pytest.mark.parametrize("category", FREE)
def test_a_rate_has_bounds(wire: Wire, category: str) -> None:
    free = FREE[category]
    for value in (free - 1, 0, -1):
        with refused("InvalidParameterException"):
            provision(wire, category, value)
    with refused("ServiceQuotaExceededException"):
        provision(wire, category, 10 * free + 1)
    assert rates(wire, category)[1] == free


@holds("LIMIT-04")
def test_other_categories_are_refused(wire: Wire) -> None:
    for category in FIXED:
        with refused("InvalidParameterException"):
            provision(wire, category, 1_000)
        with refused("InvalidParameterException"):
            rates(wire, category)
    for category in ("Nothing", ""):
        with pytest.raises(RefusedError) as caught:
            rates(wire, category)
        assert caught.value.code in {"ResourceNotFoundException", "InvalidParameterException"}
    with refused("ResourceNotFoundException", "Limit does not exist."):
        provision(wire, "Nothing", 100)
    for wrong in (
        {"LimitClass": "POOL", "Attributes": {"Category": "UserRead"}},
        {"LimitClass": "API_CATEGORY", "Attributes": {}},
        {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserRead", "Other": "x"}},
        {"LimitClass": "API_CATEGORY", "Attributes": {"category": "UserRead"}},
    ):
        with refused("InvalidParameterException"):
            wire.call("GetProvisionedLimit", LimitDefinition=wrong)


@holds("LIMIT-05")
def test_managed_login_fixes_two_categories(wire: Wire) -> None:
    pool_id = a_pool(wire)
    name = unique("managed").lower()
    wire.call("CreateUserPoolDomain", UserPoolId=pool_id, Domain=name, ManagedLoginVersion=2)
    for category in ("UserAuthentication", "UserFederation"):
        with refused("InvalidParameterException"):
            provision(wire, category, 200)
    assert provision(wire, "UserRead", 200)["ProvisionedLimitValue"] == 200
    wire.call("DeleteUserPoolDomain", UserPoolId=pool_id, Domain=name)
    assert provision(wire, "UserFederation", 100)["ProvisionedLimitValue"] == 100


@holds("LIMIT-06")
def test_an_account_and_a_region_have_rates_of_their_own(start_server: StartServer) -> None:
    server = start_server("--region=us-east-1=", "--region=eu-west-1=")
    ours, theirs = Wire(server.base_url), Wire(server.base_url)
    provision(ours, "UserRead", 300)
    assert rates(theirs, "UserRead") == (120, 120)
    ours.region = "eu-west-1"
    assert rates(ours, "UserRead") == (120, 120)
    ours.region = "us-east-1"
    assert rates(ours, "UserRead") == (300, 120)


@holds("LIMIT-07")
def test_where_throttling_is_on_a_rate_holds_at_once(start_server: StartServer) -> None:
    """One sign-in a second is free; what the account sets counts from the next request on."""
    server = start_server(
        environment={
            "POOLKEEP_THROTTLE_ENABLED": "true",
            "POOLKEEP_THROTTLE_PER_S": "UserAuthentication=1,LimitManagement=100",
            "POOLKEEP_THROTTLE_PROVISIONED_MAX_PER_S": "UserAuthentication=100000",
        }
    )
    app, other = an_app(Wire(server.base_url)), an_app(Wire(server.base_url))

    def refusals(app: App) -> int:
        count = 0
        for _ in range(20):
            try:
                app.sign_in("nobody")
            except RefusedError as refusal:
                count += refusal.code == "TooManyRequestsException"
        return count

    assert refusals(app) >= 15
    with refused("ServiceQuotaExceededException"):
        provision(app.wire, "UserAuthentication", 100_001)
    provision(app.wire, "UserAuthentication", 100_000)
    # The bucket was empty: it fills faster than any client here calls, however slow the first is.
    assert 0 in (refusals(app) for _ in range(30))
    assert refusals(other) >= 15, "the rate is the account's own"
