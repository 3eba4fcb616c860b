"""boto3 as an application has it: nothing but environment variables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sdk.support import REGION, Json, an_account

NO_RETRY: Final = Config(retries={"total_max_attempts": 1})


def environment(base_url: str, account: str = "", secret: str = "any") -> dict[str, str]:
    """Return the environment of an application: an address and a key pair."""
    return {
        "AWS_ENDPOINT_URL": base_url,
        "AWS_ACCESS_KEY_ID": account or an_account(),
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": REGION,
    }


@contextmanager
def client(variables: dict[str, str]) -> Iterator[Any]:
    """Open a stock cognito-idp client under these environment variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        made = boto3.Session().client("cognito-idp", config=NO_RETRY)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def refused_by_sdk(code: str, text: str | None = None) -> Iterator[None]:
    """Expect the SDK to raise its typed error with this code and text."""
    with pytest.raises(ClientError) as caught:
        yield
    error: dict[str, Json] = caught.value.response["Error"]
    assert error["Code"] == code, caught.value
    if text is not None:
        assert error["Message"] == text
    assert type(caught.value).__name__ == code, "the SDK knows the error"
