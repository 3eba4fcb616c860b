"""A server that checks signatures, its root, and administrators with keys."""

from pathlib import Path
from typing import Any

from tests.sdk.iam import document, service
from tests.sdk.support import unique
from tests.security.signing import root_key
from tests.support.server import Server


class Stage:
    """A server that checks signatures, and its root."""

    def __init__(self, server: Server, data: Path) -> None:
        self.server = server
        self.root = root_key(data)
        self.iam = self.client("iam")
        self.pools = self.client("cognito-idp")

    def client(self, name: str, key: str = "", secret: str = "") -> Any:
        return service(
            self.server.base_url, name, key=key or self.root.id, secret=secret or self.root.secret
        )

    def user(self, *statements: dict[str, Any], **members: Any) -> "Administrator":
        name = unique("admin")
        made = self.iam.create_user(UserName=name, **members)["User"]
        if statements:
            self.iam.put_user_policy(
                UserName=name, PolicyName="own", PolicyDocument=document(*statements)
            )
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Administrator(self, made["Arn"], key)

    def pool(self, **members: Any) -> Any:
        return self.pools.create_user_pool(PoolName=unique("pool"), **members)["UserPool"]


class Administrator:
    """A user of IAM with a key."""

    def __init__(self, stage: Stage, arn: str, key: dict[str, str]) -> None:
        self.arn = arn
        self.name = key["UserName"]
        self.key = key
        self._stage = stage
        self.pools = self.client("cognito-idp")
        self.iam = self.client("iam")

    def client(self, name: str) -> Any:
        return self._stage.client(name, self.key["AccessKeyId"], self.key["SecretAccessKey"])
