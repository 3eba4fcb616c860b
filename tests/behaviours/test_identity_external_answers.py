"""docs/behaviours/identity-pools.md: what another token service may answer, over sockets."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.behaviours.test_role_traces import logged
from tests.sdk.external_sts import KEYS, NAMESPACE, Scripted, answer, refusal
from tests.sdk.iam import refused
from tests.sdk.identity import Place, unsigned
from tests.sdk.support import an_account, claims_of, holds
from tests.support.processes import free_port
from tests.support.server import Server, StartServer

NO_ROLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
AWAY = "The token service cannot be reached."
CEPH = "arn:aws:iam:::role/objects"
OPERATION = "cognito-identity:GetCredentialsForIdentity"
BOMB = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 9))
INJECTED = "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
ENVIRONMENT = {"POOLKEEP_IDENTITY_ISSUER": "self"}


class Asking(NamedTuple):
    """A pool whose credentials come from a service that says what it is told to."""

    server: Server
    scripted: Scripted
    pool_id: str

    def credentials(self) -> Any:
        """Ask for those of a new guest."""
        public = unsigned(self.server.base_url)
        guest = public.get_id(IdentityPoolId=self.pool_id)["IdentityId"]
        return public.get_credentials_for_identity(IdentityId=guest)

    def why_not(self) -> str:
        """Return what the log says of the last refusal."""
        found: str = logged(self.server, OPERATION)["why_not"]
        return found


def a_pool_of(server: Server, account: str = "") -> str:
    """Make a pool with a role of another service."""
    place = Place(server.base_url, account or an_account())
    pool_id = place.pool()
    place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": CEPH})
    return pool_id


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("scripted")
    scripted = Scripted()
    environment = {**ENVIRONMENT, "POOLKEEP_IDENTITY_STS_URL": scripted.url}
    with Server(folder, "--dev", "--data", str(folder / "d"), environment=environment) as server:
        yield Asking(server, scripted, a_pool_of(server))
    scripted.close()


@pytest.fixture
def asking(served: Asking) -> Asking:
    """Return the pool, its service as it was at first."""
    served.scripted.says(200, answer(KEYS))
    return served


@holds("IDPOOL-110", "IDPOOL-111", "IDPOOL-112")
def test_the_service_is_asked_for_one_role_with_one_token(asking: Asking) -> None:
    given = asking.credentials()
    told = asking.scripted.asked[-1]
    token, policy = told.pop("WebIdentityToken"), told.pop("Policy")
    assert told == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": CEPH,
        "RoleSessionName": "CognitoIdentityCredentials",
        "DurationSeconds": "3600",
    }
    assert asking.scripted.paths[-1] == "/sts"
    assert asking.scripted.signatures[-1] is None
    claims = claims_of(token)
    assert claims["iss"] == f"{asking.server.base_url}/identity"
    assert (claims["sub"], claims["aud"]) == (given["IdentityId"], asking.pool_id)
    assert claims["exp"] - claims["iat"] == 600
    assert len(policy) <= 2_048
    assert not set(policy) & set(" \n+")
    actions = json.loads(policy)["Statement"][0]["Action"]
    assert {"s3:*", "rum:PutRumEvents"} <= set(actions)
    assert not {"*", "iam:*", "sts:*"} & set(actions)
    keys = given["Credentials"]
    assert (keys["AccessKeyId"], keys["SecretKey"]) == ("ASIAELSEWHERE0000001", "its/secret")
    assert keys["SessionToken"] == "its+token=="
    assert keys["Expiration"].timestamp() == pytest.approx(1_893_553_445.678, abs=0.001)


@holds("IDPOOL-117")
def test_an_answer_without_a_namespace_is_one(asking: Asking) -> None:
    plain = answer(KEYS, '<?xml version="1.0" encoding="UTF-8"?>\n').replace(
        f' xmlns="{NAMESPACE}"', ""
    )
    asking.scripted.says(200, plain)
    assert asking.credentials()["Credentials"]["SecretKey"] == "its/secret"


@holds("IDPOOL-113", "IDPOOL-114")
@pytest.mark.parametrize(
    "status,body,code,text",
    [
        (403, refusal("AccessDenied"), "InvalidIdentityPoolConfigurationException", NO_ROLE),
        (
            400,
            refusal("InvalidIdentityToken"),
            "InvalidIdentityPoolConfigurationException",
            NO_ROLE,
        ),
        (400, refusal("ValidationError"), "InvalidIdentityPoolConfigurationException", NO_ROLE),
        (
            403,
            "<Error><Code>AccessDenied</Code><RequestId>tx1</RequestId></Error>",
            "InvalidIdentityPoolConfigurationException",
            NO_ROLE,
        ),
        (400, refusal("ExpiredTokenException"), "ExternalServiceException", AWAY),
        (400, refusal("IDPCommunicationError"), "ExternalServiceException", AWAY),
        (400, refusal("Throttling"), "ExternalServiceException", AWAY),
        (429, "", "ExternalServiceException", AWAY),
        (500, refusal("InternalFailure"), "ExternalServiceException", AWAY),
        (503, "", "ExternalServiceException", AWAY),
        (403, "<html><body>Forbidden</body></html>", "ExternalServiceException", AWAY),
    ],
)  # fmt: skip
def test_a_refusal_is_the_pools_fault_or_nobodys(
    asking: Asking, status: int, body: str, code: str, text: str
) -> None:
    asking.scripted.says(status, body)
    with refused(code, text, 400):
        asking.credentials()


@holds("IDPOOL-113")
def test_the_log_tells_the_refusal_in_bounds(asking: Asking) -> None:
    asking.scripted.says(403, refusal("AccessDenied", "No\r\nrole\u2028here " + "x" * 5_000))
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
        asking.credentials()
    assert asking.why_not().startswith("AccessDenied: No")
    assert len(asking.why_not()) < 250
    assert not set(asking.why_not()) & set("\r\n\u2028")


@holds("IDPOOL-117")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "not XML",
        answer(KEYS)[:-5],
        answer(KEYS, INJECTED),
        answer(KEYS.replace("its/secret", "&e;"), INJECTED),
        answer(
            KEYS.replace("its/secret", "&b8;"), f"<!DOCTYPE r [<!ENTITY b0 'x'>{BOMB}]>"
        ),
        answer(KEYS.replace("its/secret", "<!-- a comment -->its/secret")),
        answer(KEYS.replace("its/secret", "<![CDATA[its/secret]]>")),
        answer(KEYS.replace("its/secret", "<b>its/secret</b>")),
        answer(KEYS.replace("its/secret", "its secret")),
        answer(KEYS.replace("its/secret", "")),
        answer(KEYS.replace("its+token==", "two\nlines")),
        answer(KEYS.replace("ASIAELSEWHERE0000001", "../key")),
        answer(KEYS.replace("2030-01-02T03:04:05.678901234Z", "tomorrow")),
        answer(KEYS.replace("2030-01-02T03:04:05.678901234Z", "2030-01-02T03:04:05")),
        answer(KEYS + KEYS),
        answer(f"{KEYS}</Credentials><Credentials>{KEYS}"),
        answer(KEYS).replace("AssumeRoleWithWebIdentity", "AssumeRole"),
        answer(KEYS).encode("utf-16"),
        answer(KEYS, '<?xml version="1.0" encoding="UTF-7"?>'),
        answer(KEYS + "<a/>" * 200),
        answer(KEYS + " " * 100_000),
    ],
    ids=lambda body: f"{len(body)}",
)  # fmt: skip
def test_what_is_no_answer_gives_nothing(asking: Asking, body: str | bytes) -> None:
    asking.scripted.says(200, body)
    with refused("ExternalServiceException", AWAY):
        asking.credentials()
    assert not any(each in asking.why_not() for each in ("secret", "token==", "tomorrow", "lines"))
    assert len(asking.why_not()) < 150


@holds("IDPOOL-117")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(asking: Asking, status: int) -> None:
    target = Scripted()
    asking.scripted.says(status, "", Location=target.url)
    with refused("ExternalServiceException", AWAY):
        asking.credentials()
    assert target.asked == [], "the token went nowhere else"
    target.close()


@holds("IDPOOL-117")
def test_a_silent_service_is_not_waited_for(asking: Asking) -> None:
    asking.scripted.released.clear()
    try:
        with refused("ExternalServiceException", AWAY):
            asking.credentials()
    finally:
        asking.scripted.released.set()
    assert asking.why_not().endswith("no answer in time")


@holds("IDPOOL-117")
def test_a_service_that_is_down_is_away(start_server: StartServer) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    server = start_server(environment={**ENVIRONMENT, "POOLKEEP_IDENTITY_STS_URL": url})
    public, pool_id = unsigned(server.base_url), a_pool_of(server)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    with refused("ExternalServiceException", AWAY):
        public.get_credentials_for_identity(IdentityId=guest)


@holds("IDPOOL-118")
def test_pools_may_differ(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, first, second = tmp_path_factory.mktemp("pools"), Scripted(), Scripted()
    data = ("--dev", "--data", str(folder / "d"))
    account = an_account()
    environment = {**ENVIRONMENT, "POOLKEEP_IDENTITY_STS_URL": first.url}
    with Server(folder, *data, environment=environment) as server:
        pools = [a_pool_of(server, account) for _ in range(3)]
    # Pool ids are random, so whoever names pools knows them first.
    environment["POOLKEEP_IDENTITY_STS_URLS"] = f"{pools[1]}={second.url},{pools[2]}="
    environment["POOLKEEP_IDENTITY_STS_GUEST_ACTIONS"] = "s3:*"
    with Server(folder, *data, environment=environment) as server:
        Asking(server, first, pools[0]).credentials()
        assert (len(first.asked), len(second.asked)) == (1, 0)
        assert json.loads(first.asked[-1]["Policy"])["Statement"] == [
            {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}
        ]
        Asking(server, second, pools[1]).credentials()
        assert (len(first.asked), len(second.asked)) == (1, 1)
        with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):  # it has no such role
            Asking(server, first, pools[2]).credentials()
        place = Place(server.base_url, account)
        with refused("NotAuthorizedException", f"Access to Role '{CEPH}' is forbidden."):
            place.admin.set_identity_pool_roles(
                IdentityPoolId=pools[2], Roles={"unauthenticated": CEPH}
            )
    environment["POOLKEEP_IDENTITY_STS_GUEST_ACTIONS"] = "*"
    with Server(folder, *data, environment=environment) as server:
        Asking(server, first, pools[0]).credentials()
        assert "Policy" not in first.asked[-1]
    first.close()
    second.close()
