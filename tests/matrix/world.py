"""A server that checks signatures, a pool with everything turned on, and people in it."""

import asyncio
import dataclasses
import functools
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pycognito.aws_srp

from poolkeep.base.secret import Secret
from poolkeep.compose.admin import admin
from poolkeep.core.directory.auth_events import feedback_token
from poolkeep.settings import Settings
from tests.sdk.support import PASSWORD, Json, Wire, an_email, attributes, unique

POOL: Final[dict[str, Json]] = {
    "UserPoolTier": "PLUS",
    "AutoVerifiedAttributes": ["email"],
    "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False},
    "EmailConfiguration": {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/no-reply@example.com",
    },
    "SmsConfiguration": {
        "SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
        "ExternalId": "external",
    },
}
FIRST_FACTORS: Final = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
FLOWS: Final = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
]
REGIONS: Final = ("us-east-1", "eu-west-1")
"""The second one is for replicas."""
ENCRYPTED: Final = {"x-amz-server-side-encryption": "aws:kms"}
EXCHANGE: Final = ["ALLOW_TOKEN_EXCHANGE_DELEGATION", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]


@dataclasses.dataclass(frozen=True)
class World:
    """Callers of one server: `admin` signs with the root key, `app` not at all."""

    base_url: str
    data: Path
    admin: Any
    app: Any
    stranger: Any
    forger: Any
    jobs: dict[str, str] = dataclasses.field(default_factory=dict)
    job_pools: dict[str, str] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def inbox(self) -> Wire:
        """Return a reader of the inbox."""
        return Wire(self.base_url)

    @functools.cached_property
    def pool(self) -> str:
        """Return the pool that most cases share."""
        pool = self.a_pool(**POOL)
        self.admin.set_user_pool_mfa_config(
            UserPoolId=pool,
            MfaConfiguration="OPTIONAL",
            SmsMfaConfiguration={"SmsConfiguration": POOL["SmsConfiguration"]},
            SoftwareTokenMfaConfiguration={"Enabled": True},
            EmailMfaConfiguration={},
            WebAuthnConfiguration={"RelyingPartyId": "localhost"},
        )
        self.admin.create_resource_server(
            UserPoolId=pool,
            Identifier="shop",
            Name="shop",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
        )
        self.admin.set_user_pool_session_configuration(
            UserPoolId=pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
        )
        return pool

    @functools.cached_property
    def passwordless_pool(self) -> str:
        """Return a pool whose users may sign in by code and by passkey."""
        pool = self.a_pool(
            **POOL, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": FIRST_FACTORS}}
        )
        self.admin.set_user_pool_mfa_config(
            UserPoolId=pool, WebAuthnConfiguration={"RelyingPartyId": "localhost"}
        )
        return pool

    @functools.cached_property
    def client(self) -> str:
        """Return a client of `pool` without a secret, which allows every flow."""
        return self.a_client(self.pool)

    @functools.cached_property
    def passwordless_client(self) -> str:
        """Return a client of `passwordless_pool`."""
        return self.a_client(self.passwordless_pool)

    @functools.cached_property
    def secret_client(self) -> str:
        """Return a client of `pool` with a secret."""
        return self.a_client(self.pool, GenerateSecret=True)

    @functools.cached_property
    def machine(self) -> dict[str, str]:
        """Return id and secret of a client for machines."""
        made = self.admin.create_user_pool_client(
            UserPoolId=self.pool,
            ClientName="machine",
            GenerateSecret=True,
            ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["shop/read"],
        )["UserPoolClient"]
        return {"ClientId": made["ClientId"], "Secret": made["ClientSecret"]}

    def a_pool(self, **settings: Json) -> str:
        """Make a pool and return its id."""
        found: str = self.admin.create_user_pool(PoolName=unique("pool"), **settings)["UserPool"][
            "Id"
        ]
        return found

    def a_client(self, pool: str, **settings: Json) -> str:
        """Make a client that allows every flow and return its id."""
        wanted = {"ExplicitAuthFlows": FLOWS, **settings}
        made = self.admin.create_user_pool_client(
            UserPoolId=pool, ClientName=unique("client"), **wanted
        )
        found: str = made["UserPoolClient"]["ClientId"]
        return found

    def user(self, pool: str = "", **values: str) -> str:
        """Make a confirmed user with a verified address; return the name."""
        name = unique()
        told = {"email": an_email(), "email_verified": "true", **values}
        self.admin.admin_create_user(
            UserPoolId=pool or self.pool,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=attributes(told),
        )
        self.admin.admin_set_user_password(
            UserPoolId=pool or self.pool, Username=name, Password=PASSWORD, Permanent=True
        )
        return name

    def email_of(self, name: str, pool: str = "") -> str:
        """Return a user's address."""
        found = self.admin.admin_get_user(UserPoolId=pool or self.pool, Username=name)
        listed = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
        return str(listed["email"])

    def stranger_user(self) -> tuple[str, str]:
        """Sign somebody up who has not confirmed yet; return the name and the address."""
        name, email = unique(), an_email()
        self.app.sign_up(
            ClientId=self.client,
            Username=name,
            Password=PASSWORD,
            UserAttributes=attributes({"email": email}),
        )
        return name, email

    def tokens(self, name: str = "", client: str = "") -> dict[str, Json]:
        """Sign somebody in by password and return the tokens."""
        found: dict[str, Json] = self.app.initiate_auth(
            ClientId=client or self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name or self.user(), "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return found

    def token(self, name: str = "") -> str:
        """Return somebody's access token."""
        return str(self.tokens(name)["AccessToken"])

    def device(self, name: str = "") -> dict[str, str]:
        """Confirm a device of a user; return AccessToken, DeviceKey and Username."""
        owner = name or self.user()
        tokens = self.tokens(owner)
        told = tokens["NewDeviceMetadata"]
        _, verifier = pycognito.aws_srp.generate_hash_device(
            told["DeviceGroupKey"], told["DeviceKey"]
        )
        self.app.confirm_device(
            AccessToken=tokens["AccessToken"],
            DeviceKey=told["DeviceKey"],
            DeviceSecretVerifierConfig=verifier,
        )
        return {
            "AccessToken": tokens["AccessToken"],
            "DeviceKey": told["DeviceKey"],
            "Username": owner,
        }

    def put(self, url: str, body: bytes) -> None:
        """Upload a file to a pre-signed address."""
        with urllib.request.urlopen(
            urllib.request.Request(url, data=body, method="PUT", headers=ENCRYPTED)
        ) as reply:
            assert reply.status == 200

    def feedback_token(self, name: str, event: str) -> str:
        """Return the token that the message about a sign-in would carry."""
        return asyncio.run(self._feedback_token(name, event))

    async def _feedback_token(self, name: str, event: str) -> str:
        installation = admin(Settings(data=self.data, regions=dict.fromkeys(REGIONS, Secret(""))))
        try:
            part = await installation._region_of(self.pool)
            pool = await part.services.book.pool(self.pool)
            assert pool is not None
            found = self.admin.admin_get_user(UserPoolId=self.pool, Username=name)
            (sub,) = [each["Value"] for each in found["UserAttributes"] if each["Name"] == "sub"]
            return feedback_token(pool, sub, event, int(time.time() * 1000))
        finally:
            await installation.close()

    def wait_for(self, look: Callable[[], Json], done: Callable[[Json], bool]) -> Json:
        """Look until it is done, for as long as background work may take."""
        deadline = time.monotonic() + 30
        pause = threading.Event()
        while not done(found := look()):
            assert time.monotonic() < deadline, found
            pause.wait(0.1)
        return found
