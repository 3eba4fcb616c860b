"""A pool with users to measure, made through the API of the server under measurement."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from bench import aws
from bench.client import Client

PASSWORD: Final = "Passw0rd!bench"
FLOWS: Final = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


class Tenant:
    """A pool, an app client, and how to ask for things about them."""

    def __init__(self, client: Client, credentials: aws.Credentials) -> None:
        """Talk through `client`; administrators' requests are signed with `credentials`."""
        self.client = client
        self.credentials = credentials
        self.pool_id = ""
        self.client_id = ""

    async def create(self, **pool: Any) -> None:  # noqa: ANN401  members of CreateUserPool
        """Make the pool and its app client."""
        [made] = await self.admin("CreateUserPool", [{"PoolName": "bench", **pool}])
        self.pool_id = made["UserPool"]["Id"]
        asked = {
            "UserPoolId": self.pool_id,
            "ClientName": "bench",
            "ExplicitAuthFlows": FLOWS,
            "PreventUserExistenceErrors": "ENABLED",
        }
        [made] = await self.admin("CreateUserPoolClient", [asked])
        self.client_id = made["UserPoolClient"]["ClientId"]

    async def add_users(self, numbers: list[int], email: Callable[[int], str]) -> list[str]:
        """Create confirmed users with verified addresses; return their subs."""
        made = await self.admin(
            "AdminCreateUser",
            [
                {
                    "UserPoolId": self.pool_id,
                    "Username": username(number),
                    "MessageAction": "SUPPRESS",
                    "TemporaryPassword": PASSWORD,
                    "UserAttributes": [
                        {"Name": "email", "Value": email(number)},
                        {"Name": "email_verified", "Value": "true"},
                        {"Name": "given_name", "Value": "Ada"},
                        {"Name": "family_name", "Value": "Lovelace"},
                    ],
                }
                for number in numbers
            ],
        )
        await self.admin(
            "AdminSetUserPassword",
            [
                {
                    "UserPoolId": self.pool_id,
                    "Username": username(number),
                    "Password": PASSWORD,
                    "Permanent": True,
                }
                for number in numbers
            ],
        )
        return [
            next(a["Value"] for a in answer["User"]["Attributes"] if a["Name"] == "sub")
            for answer in made
        ]

    async def sign_in(self, names: list[str]) -> list[dict[str, str]]:
        """Sign users in by password; return their tokens."""
        answers = await self.client.run([self.password_request(name) for name in names])
        return [tokens_of(answer) for answer in answers]

    async def admin(self, operation: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Call an administrators' operation once for each body."""
        answers = await self.client.run([self.signed(operation, body) for body in bodies])
        return [msgspec.json.decode(answer) if answer else {} for answer in answers]

    def request(self, operation: str, body: dict[str, Any]) -> bytes:
        """Return a request of a public operation."""
        return aws.request(self.client.port, operation, body)

    def signed(self, operation: str, body: dict[str, Any]) -> bytes:
        """Return a request of an administrators' operation."""
        return aws.signed(self.client.port, operation, body, self.credentials)

    def flow(self, flow: str, **parameters: str) -> bytes:
        """Return InitiateAuth."""
        body = {"AuthFlow": flow, "ClientId": self.client_id, "AuthParameters": parameters}
        return self.request("InitiateAuth", body)

    def password_request(self, name: str) -> bytes:
        return self.flow("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)

    def refresh_request(self, token: str) -> bytes:
        return self.flow("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)

    def get_user_request(self, access_token: str) -> bytes:
        return self.request("GetUser", {"AccessToken": access_token})

    def sign_up_request(self, name: str, *, email: str | None = None) -> bytes:
        body = {
            "ClientId": self.client_id,
            "Username": name,
            "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": email or f"{name}@example.org"}],
        }
        return self.request("SignUp", body)

    def list_request(self, filter_text: str | None = None, *, limit: int = 60) -> bytes:
        body: dict[str, Any] = {"UserPoolId": self.pool_id, "Limit": limit}
        if filter_text is not None:
            body["Filter"] = filter_text
        return self.signed("ListUsers", body)


def username(number: int) -> str:
    """Return the name of a user."""
    return f"user-{number:07d}"


def tokens_of(answer: bytes) -> dict[str, str]:
    """Return the tokens of a finished sign-in."""
    result: dict[str, str] = msgspec.json.decode(answer)["AuthenticationResult"]
    return result
