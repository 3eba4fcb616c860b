"""A custom sender as one writes it for Lambda: it reads the code and notes it."""

import base64
import os
from pathlib import Path
from typing import Any

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy

client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
)
keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])


def handler(event: dict[str, Any], _context: Any) -> None:
    sealed = base64.b64decode(event["request"]["code"])
    code, _ = client.decrypt(source=sealed, key_provider=keys)
    with Path(os.environ["NOTE"]).open("a") as note:
        note.write(f"{event['triggerSource']} {code.decode()}\n")
