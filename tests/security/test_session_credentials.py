"""Temporary credentials that are altered, mixed, or too old: docs/behaviours/sts.md."""

import base64
from typing import Any, Final

import pytest

from tests.behaviours.test_sts_roles import a_role, assumed
from tests.sdk.iam import allow, refused, service, trust
from tests.sdk.stage import Stage
from tests.sdk.support import holds
from tests.support.server import StartServer

UNKNOWN: Final = "InvalidClientTokenId"
WHO: Final = "sts"


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("sts") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


@pytest.fixture(scope="module")
def two(stage: Stage) -> list[dict[str, Any]]:
    """Return credentials of two roles."""
    user = stage.user()
    trusts = trust({"AWS": user.arn})
    roles = [a_role(stage, trusts, allow("cognito-idp:*")) for _ in range(2)]
    return [assumed(user, role)["Credentials"] for role in roles]


def ask(stage: Stage, key: str, secret: str, token: str, name: str = WHO) -> Any:
    client = service(stage.server.base_url, name, key=key, secret=secret, token=token)
    return client.get_caller_identity() if name == WHO else client.list_user_pools(MaxResults=1)


@holds("STS-11")
def test_key_secret_and_token_belong_together(stage: Stage, two: list[dict[str, Any]]) -> None:
    one, other = two
    key, secret, token = one["AccessKeyId"], one["SecretAccessKey"], one["SessionToken"]
    assert ask(stage, key, secret, token)
    user = stage.user()
    for mixed, code in (
        ((other["AccessKeyId"], secret, token), UNKNOWN),
        ((key, secret, other["SessionToken"]), UNKNOWN),
        ((key, secret, ""), UNKNOWN),
        ((user.key["AccessKeyId"], user.key["SecretAccessKey"], token), UNKNOWN),
        ((key, other["SecretAccessKey"], token), "SignatureDoesNotMatch"),
        ((other["AccessKeyId"], secret, other["SessionToken"]), "SignatureDoesNotMatch"),
    ):
        with refused(code, status=403):
            ask(stage, *mixed)
    with refused("UnrecognizedClientException"):
        ask(stage, key, secret, other["SessionToken"], "cognito-idp")


@holds("STS-11")
def test_no_altered_token_is_taken(stage: Stage, two: list[dict[str, Any]]) -> None:
    key, secret, token = (two[0][n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    sealed = base64.b64decode(token)
    every = max(1, len(sealed) // 40)
    altered = [
        sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
        for at in range(0, len(sealed), every)
    ]
    texts = [base64.b64encode(each).decode() for each in altered]
    texts += [token[:-4], token + "AAAA", "x" * 100, "====", token.replace("=", "")]
    for text in {*texts} - {token}:
        with refused(UNKNOWN, status=403):
            ask(stage, key, secret, text)
