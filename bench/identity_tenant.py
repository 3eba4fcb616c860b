"""A user pool with users and identity pools beside it, and how to ask about them."""

import json
import re
from typing import Any, Final

import msgspec

from bench import aws
from bench.client import Client
from bench.serving import Process
from bench.tenant import Tenant, username

COGNITO: Final = "cognito-identity.amazonaws.com"
IDENTITY: Final = "cognito-identity"
LIST: Final = "cognito-idp:ListUserPools"
OPENID_SESSION: Final = "bench"


class Guild:
    """A tenant whose users, and guests, get credentials of roles."""

    def __init__(self, server: Process, tenant: Tenant) -> None:
        """Measure `server`."""
        self.server = server
        self.tenant = tenant
        self.pool_id = ""
        self.role_arn = ""

    @property
    def client(self) -> Client:
        """The connections to the server."""
        return self.tenant.client

    @property
    def provider(self) -> str:
        """The key of the user pool's logins."""
        return f"cognito-idp.{aws.REGION}.amazonaws.com/{self.tenant.pool_id}"

    async def create(self, users: int) -> None:
        """Make the user pool, its users, an identity pool and the two roles of it."""
        await self.tenant.create()
        await self.tenant.add_users(list(range(users)), lambda number: f"{number}@example.org")
        self.pool_id = await self.new_pool()
        self.role_arn = await self.role("authenticated", self.pool_id)
        guests = await self.role("unauthenticated", self.pool_id)
        roles = {"authenticated": self.role_arn, "unauthenticated": guests}
        body = {"IdentityPoolId": self.pool_id, "Roles": roles}
        await self.client.run([self.signed("SetIdentityPoolRoles", body, IDENTITY)])

    async def new_pool(self) -> str:
        """Make an identity pool for guests and the users, and return its id."""
        provider = {"ProviderName": self.provider, "ClientId": self.tenant.client_id}
        body = {
            "IdentityPoolName": "bench",
            "AllowUnauthenticatedIdentities": True,
            "AllowClassicFlow": True,
            "CognitoIdentityProviders": [provider],
        }
        [made] = await self.client.run([self.signed("CreateIdentityPool", body, IDENTITY)])
        pool_id: str = msgspec.json.decode(made)["IdentityPoolId"]
        return pool_id

    async def role(self, amr: str, pool_id: str) -> str:
        """Make a role for identities of a pool, and return its ARN."""
        condition = {
            "StringEquals": {f"{COGNITO}:aud": pool_id},
            "ForAnyValue:StringLike": {f"{COGNITO}:amr": amr},
        }
        principal = {"Federated": COGNITO}
        trust = _document(
            Principal=principal, Action="sts:AssumeRoleWithWebIdentity", Condition=condition
        )
        body = {"RoleName": amr, "AssumeRolePolicyDocument": trust}
        [made] = await self.client.run([self.signed("CreateRole", body, "iam")])
        own = {"PolicyName": "own", "PolicyDocument": _document(Action=LIST, Resource="*")}
        await self.client.run([self.signed("PutRolePolicy", {"RoleName": amr, **own}, "iam")])
        return element(made, "Arn")

    async def user_key(self) -> aws.Credentials:
        """Make a user of IAM and return a key of its own."""
        name = {"UserName": "bench"}
        await self.client.run([self.signed("CreateUser", name, "iam")])
        [made] = await self.client.run([self.signed("CreateAccessKey", name, "iam")])
        return aws.Credentials(element(made, "AccessKeyId"), element(made, "SecretAccessKey"))

    async def fresh_logins(self, count: int) -> list[dict[str, str]]:
        """Sign users in; return a login of each, with an ID token that nobody has seen yet."""
        tokens = await self.tenant.sign_in([username(number) for number in range(count)])
        return [{self.provider: each["IdToken"]} for each in tokens]

    def get_id(self, logins: dict[str, str] | None = None, *, pool_id: str = "") -> bytes:
        """Return GetId: of a login, or of a new guest."""
        body: dict[str, Any] = {"IdentityPoolId": pool_id or self.pool_id}
        return self.request("GetId", body | ({"Logins": logins} if logins else {}))

    def credentials(self, identity_id: str, logins: dict[str, str] | None = None) -> bytes:
        """Return GetCredentialsForIdentity."""
        body: dict[str, Any] = {"IdentityId": identity_id}
        more = {"Logins": logins} if logins else {}
        return self.request("GetCredentialsForIdentity", body | more)

    def openid(self, identity_id: str, logins: dict[str, str]) -> bytes:
        """Return GetOpenIdToken."""
        return self.request("GetOpenIdToken", {"IdentityId": identity_id, "Logins": logins})

    def assume(self, token: str) -> bytes:
        """Return AssumeRoleWithWebIdentity."""
        body = {
            "RoleArn": self.role_arn,
            "RoleSessionName": OPENID_SESSION,
            "WebIdentityToken": token,
        }
        return aws.request(self.client.port, "AssumeRoleWithWebIdentity", body, "sts")

    def who_am_i(self, by: aws.Credentials) -> bytes:
        """Return GetCallerIdentity."""
        return aws.signed(self.client.port, "GetCallerIdentity", {}, by, service="sts")

    def request(self, operation: str, body: dict[str, Any]) -> bytes:
        """Return an unsigned request of identity pools."""
        return aws.request(self.client.port, operation, body, IDENTITY)

    def signed(self, operation: str, body: dict[str, Any], service: str) -> bytes:
        """Return an administrator's request."""
        by = self.tenant.credentials
        return aws.signed(self.client.port, operation, body, by, service=service)


def element(answer: bytes, name: str) -> str:
    """Return the text of the first element of this name; there is nothing to unescape in ours."""
    found = re.search(f"<{name}>([^<]*)</{name}>".encode(), answer)
    assert found is not None, answer
    return found[1].decode()


def session_of(answer: bytes) -> aws.Credentials:
    """Return the credentials that GetCredentialsForIdentity answers."""
    given = msgspec.json.decode(answer)["Credentials"]
    return aws.Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])


def identity_of(answer: bytes) -> str:
    """Return the identity that GetId answers."""
    found: str = msgspec.json.decode(answer)["IdentityId"]
    return found


def _document(**statement: Any) -> str:  # noqa: ANN401  members of a statement
    statements = [{"Effect": "Allow", **statement}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
