"""docs/behaviours/identity-pools.md: the log tells which role was chosen, and why."""

import json
from typing import Any

import pytest

from tests.sdk.iam import ANY_TRUST, refused
from tests.sdk.identity import Place, unsigned
from tests.sdk.support import an_account, holds, unique
from tests.support.server import Server, StartServer


@pytest.fixture(scope="module")
def server(start_shared_server: StartServer) -> Server:
    return start_shared_server()


def logged(server: Server, operation: str) -> dict[str, Any]:
    """Return the newest event of an operation."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]
    found: dict[str, Any] = [each for each in lines if each.get("operation") == operation][-1]
    return found


@holds("IDPOOL-95")
def test_the_log_tells_the_role_and_what_its_trust_says(server: Server) -> None:
    place = Place(server.base_url, an_account())
    public = unsigned(server.base_url)
    pool_id = place.pool()
    identity = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    role = place.role(pool_id)
    place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": role})
    public.get_credentials_for_identity(IdentityId=identity)
    event = logged(server, "cognito-identity:GetCredentialsForIdentity")
    assert (event["role"], event["role_by"]) == (role, "the pool's role of guests")
    assert event["trust"].startswith("sts:AssumeRoleWithWebIdentity: allow by resource-based")
    other = place.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=ANY_TRUST)
    place.admin.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={"unauthenticated": other["Role"]["Arn"]}
    )
    with refused("InvalidIdentityPoolConfigurationException"):
        public.get_credentials_for_identity(IdentityId=identity)
    event = logged(server, "cognito-identity:GetCredentialsForIdentity")
    assert event["trust"].endswith("no resource-based policy allows it")
    assert event["why_not"] == "Not authorized to perform sts:AssumeRoleWithWebIdentity"
