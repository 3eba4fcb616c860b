"""Custom senders for tests: pools that have them, and functions that read their codes."""

import base64
import dataclasses
import json
import os
import unittest.mock
from typing import Final

import aws_encryption_sdk
import botocore.session
from aws_encryption_sdk.identifiers import CommitmentPolicy

from tests.flows.functions import Stage
from tests.flows.trigger_stage import ARN, Recorder
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import REGION, Json, RefusedError, Wire, unique

SENDERS: Final = ("CustomEmailSender", "CustomSMSSender")


def a_key(wire: Wire) -> str:
    """Make a KMS key and return its ARN."""
    made = kms(wire, "CreateKey", Description="codes")
    arn: str = made["KeyMetadata"]["Arn"]
    return arn


def kms(wire: Wire, operation: str, /, **members: Json) -> dict[str, Json]:
    """Call an operation of KMS."""
    target = {"X-Amz-Target": f"TrentService.{operation}"}
    reply = wire.send(operation, json.dumps(members).encode(), target)
    told: dict[str, Json] = reply.json()
    if reply.status != 200:
        raise RefusedError(operation, told["__type"], told.get("message", ""), reply.status)
    return told


@dataclasses.dataclass
class Deliverer(Recorder):
    """A recorder that fails as often as it is told to, and may answer anything."""

    fails: list[Exception] = dataclasses.field(default_factory=list)
    answer: bytes | None = None

    def __call__(self, event: Json) -> Json:
        """Answer an event, or fail."""
        told = super().__call__(event)
        if self.fails:
            raise self.fails.pop(0)
        return told if self.answer is None else self.answer


@dataclasses.dataclass(frozen=True)
class Sender:
    """An app whose messages a function delivers, and the key of their codes."""

    app: App
    recorder: Deliverer
    key: str

    def code(self) -> str:
        """Wait for an event, and return its code as the official client opens it."""
        return opened(self.recorder.next(), self.app.wire, self.key)


def a_sender(stage: Stage, /, key: str = "", only: str = "", **triggers: Json) -> Sender:
    """Return an app with both senders, or only one; `triggers` are further functions."""
    recorder, arn = Deliverer(), f"{ARN}-{unique('sender')}"
    stage.triggers.register(arn, recorder)
    named = {"LambdaVersion": "V1_0", "LambdaArn": arn}
    key = key or a_key(stage.wire)
    media = dict.fromkeys((only,) if only else SENDERS, named)
    pool = {
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": SMS_ROLE,
        "LambdaConfig": {"KMSKeyID": key, **media, **triggers},
    }
    return Sender(an_app(stage.wire, a_pool(stage.wire, **pool)), recorder, key)


def opened(event: Json, wire: Wire, key: str, *, committed: bool = False) -> str:
    """Return the code of an event, as the official client opens it by our KMS."""
    policy = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
    if committed:
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    text, header = client.decrypt(
        source=base64.b64decode(event["request"]["code"]),
        key_provider=provider(wire, key),
    )
    assert header.encryption_context["userpool-id"] == event["userPoolId"]
    return str(text, "utf-8")


def provider(wire: Wire, key: str) -> aws_encryption_sdk.StrictAwsKmsMasterKeyProvider:
    """Return the official client's way to a KMS key of ours."""
    session = botocore.session.Session()
    session.set_credentials(wire.account, "secret")
    session.set_config_variable("region", REGION)
    with unittest.mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL": wire.base_url}):
        return aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(
            key_ids=[key], botocore_session=session
        )
