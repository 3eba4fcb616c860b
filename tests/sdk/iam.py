"""boto3's IAM client, and policies to give it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.sdk.boto import NO_RETRY
from tests.sdk.support import REGION, an_account

READ_POOLS: Final = "cognito-idp:ListUserPools"


def service(
    base_url: str, name: str = "iam", *, key: str = "", secret: str = "any", token: str = ""
) -> Any:
    """Return a client of a service; without a key one of an account of its own (development)."""
    return _botocore().create_client(
        name,
        aws_access_key_id=key or an_account(),
        aws_secret_access_key=secret,
        aws_session_token=token or None,
        region_name=REGION,
        endpoint_url=base_url,
        config=NO_RETRY,
    )


@cache
def _botocore() -> Any:
    """Return what boto3 makes its clients with; it reads each service's model once."""
    return botocore.session.get_session()


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    """Return a policy document."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a statement that denies."""
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


def trust(principal: Any, *actions: str, **more: Any) -> str:
    """Return a trust policy."""
    listed = list(actions) or ["sts:AssumeRole"]
    return document({"Effect": "Allow", "Principal": principal, "Action": listed, **more})


ANY_TRUST: Final = trust({"Service": "lambda.amazonaws.com"})


@contextmanager
def refused(code: str, text: str | None = None, status: int | None = None) -> Iterator[None]:
    """Expect a refusal with this code, text and status."""
    with pytest.raises(ClientError) as caught:
        yield
    error: dict[str, str] = caught.value.response["Error"]
    assert error["Code"] == code, caught.value
    if text is not None:
        assert error["Message"] == text
    if status is not None:
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
