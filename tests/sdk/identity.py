"""Identity pools over boto3: an administrator who signs, and applications that do not."""

import dataclasses
from typing import Any, Final

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from tests.sdk.builders import App
from tests.sdk.iam import allow, document, service, trust
from tests.sdk.support import REGION, unique

COGNITO: Final = "cognito-identity.amazonaws.com"
ASSUME: Final = "sts:AssumeRoleWithWebIdentity"
LOGINS_DIFFER: Final = (
    "Logins don't match. Please include at least one valid login for this identity or identity "
    "pool."
)
UNSUPPORTED: Final = "Token is not from a supported provider of this identity pool."
GUESTS_OFF: Final = "Unauthenticated access is not supported for this identity pool."
PATIENT: Final = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED)


def unsigned(base_url: str, name: str = "cognito-identity") -> Any:
    """Return a client without credentials, as an application has it."""
    return boto3.Session(region_name=REGION).client(name, endpoint_url=base_url, config=PATIENT)


@dataclasses.dataclass(frozen=True)
class Place:
    """One account: its administrator and its applications."""

    base_url: str
    account: str

    @property
    def admin(self) -> Any:
        """Return the administrator's client."""
        return service(self.base_url, "cognito-identity", key=self.account)

    @property
    def iam(self) -> Any:
        """Return the administrator's IAM client."""
        return service(self.base_url, "iam", key=self.account)

    def pool(self, *, guests: bool = True, **settings: Any) -> str:
        """Make a pool and return its id."""
        made = self.admin.create_identity_pool(
            IdentityPoolName=unique("pool"), AllowUnauthenticatedIdentities=guests, **settings
        )
        pool_id: str = made["IdentityPoolId"]
        return pool_id

    def pool_for(self, *apps: App, guests: bool = True, check: bool = False, **more: Any) -> str:
        """Make a pool that takes tokens of app clients."""
        providers = [
            {"ProviderName": key_of(app), "ClientId": app.client_id, "ServerSideTokenCheck": check}
            for app in apps
        ]
        return self.pool(guests=guests, CognitoIdentityProviders=providers, **more)

    def role(self, pool_id: str, *actions: str, amr: str = "", tags: bool = False) -> str:
        """Make a role that a pool's identities may have, and return its ARN."""
        condition: dict[str, Any] = {"StringEquals": {f"{COGNITO}:aud": pool_id}}
        if amr:
            condition["ForAnyValue:StringLike"] = {f"{COGNITO}:amr": amr}
        verbs = [ASSUME, *(("sts:TagSession",) if tags else ())]
        name = unique("role")
        made = self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust({"Federated": COGNITO}, *verbs, Condition=condition),
        )
        self.iam.put_role_policy(
            RoleName=name,
            PolicyName="own",
            PolicyDocument=document(allow(*(actions or ("cognito-idp:ListUserPools",)))),
        )
        arn: str = made["Role"]["Arn"]
        return arn


def key_of(app: App) -> str:
    """Return the key of a user pool's logins, as SDKs build it."""
    return f"cognito-idp.{REGION}.amazonaws.com/{app.pool_id}"


def login(app: App, name: str = "", **values: str) -> dict[str, str]:
    """Return a fresh login of a (new) user."""
    user = name or app.user(**values)
    return {key_of(app): app.sign_in(user)["IdToken"]}
