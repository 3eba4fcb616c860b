"""docs/behaviours/sts.md: sessions on another node than the one that gave them, and by address."""

import contextlib
import http.client
import time
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.behaviours.test_sts_roles import LIST, a_role, as_session, assumed
from tests.sdk.iam import allow, deny, document, refused, service, trust
from tests.sdk.stage import Stage
from tests.sdk.support import holds
from tests.support.server import StartServer

WITHIN_S: Final = 5.0


@pytest.fixture(scope="module")
def nodes(
    start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Stage, Stage]:
    """Return two servers over one database."""
    data = tmp_path_factory.mktemp("sts") / "data"
    first = Stage(start_shared_server("--data", str(data), dev=False), data)
    return first, Stage(start_shared_server("--data", str(data), dev=False), data)


def refused_within(act: Any, limit_s: float) -> float:
    """Return after how many seconds something begins to be refused."""
    began = time.monotonic()
    while (took := time.monotonic() - began) < limit_s:
        try:
            act()
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return took
    raise AssertionError(f"still allowed after {limit_s} s")


@holds("STS-07", "STS-11")
def test_a_session_is_good_on_every_node_and_is_taken_back_on_every_node(
    nodes: tuple[Stage, Stage],
) -> None:
    here, there = nodes
    user = here.user()
    role = a_role(here, trust({"AWS": user.arn}), allow(LIST))
    pools = as_session(there, assumed(user, role))
    pools.list_user_pools(MaxResults=1)
    older = {"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}
    here.iam.put_role_policy(
        RoleName=role["RoleName"],
        PolicyName="revoked",
        PolicyDocument=document(deny("*", Condition=older)),
    )
    refused_within(lambda: pools.list_user_pools(MaxResults=1), WITHIN_S)


@holds("STS-08", "STS-07")
def test_a_user_who_is_gone_has_no_session(nodes: tuple[Stage, Stage]) -> None:
    here, there = nodes
    user = here.user(allow(LIST))
    pools = as_session(there, user.client("sts").get_session_token())
    pools.list_user_pools(MaxResults=1)
    here.iam.delete_user_policy(UserName=user.name, PolicyName="own")
    here.iam.delete_access_key(UserName=user.name, AccessKeyId=user.key["AccessKeyId"])
    here.iam.delete_user(UserName=user.name)
    refused_within(lambda: pools.list_user_pools(MaxResults=1), WITHIN_S)


@holds("STS-10")
def test_an_address_may_be_signed_to_prove_who_somebody_is(nodes: tuple[Stage, Stage]) -> None:
    here, _ = nodes
    user = here.user()
    role = a_role(here, trust({"AWS": user.arn}))
    found = assumed(user, role)["Credentials"]
    sts = service(
        here.server.base_url,
        "sts",
        key=found["AccessKeyId"],
        secret=found["SecretAccessKey"],
        token=found["SessionToken"],
    )
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    status, body = fetched(url)
    assert status == 200
    assert f"assumed-role/{role['RoleName']}/here" in body
    for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("X-Amz-Expires=60", "")):
        status, body = fetched(wrong)
        assert status in {400, 403}
        assert role["RoleName"] not in body


def fetched(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        reply = connection.getresponse()
        return reply.status, reply.read().decode()


@holds("STS-11")
def test_a_session_of_one_account_is_none_of_another(nodes: tuple[Stage, Stage]) -> None:
    here, _ = nodes
    user = here.user()
    role = a_role(here, trust({"AWS": user.arn}), allow("*"))
    account = user.arn.split(":")[4]
    iam = as_session(here, assumed(user, role), "iam")
    assert iam.get_role(RoleName=role["RoleName"])["Role"]["Arn"].split(":")[4] == account
    sts = as_session(here, assumed(user, role), "sts")
    with refused("AccessDenied"):
        sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/any", RoleSessionName="here")
