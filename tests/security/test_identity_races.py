"""Two who race for one identity, over sockets; session policies that are none.

docs/behaviours/identity-attacks.md. On both databases the races are held by
tests/contract/test_identity_pools_store.py.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.sdk.builders import App
from tests.sdk.iam import allow, document, refused, service, trust
from tests.sdk.identity import Place, login, unsigned
from tests.sdk.support import Wire, holds, unique

BACK_END: Final = "login.mine"
ROUNDS: Final = 50
MALFORMED: Final = (
    "{", "null", "[]", '"*"', "{}", '{"Version": "2012-10-17"}',
    '{"Version": "2012-10-17", "Statement": []}',
    '{"Version": "2011-01-01", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
    '{"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}',
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"}}',
    ('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Action": "s3:*", '
    '"Resource": "*"}}'),
    ('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", '
    '"Principal": "*"}}'),
    ('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", '
    '"Condition": {"StringEqualsIfNot": {"aws:userid": "a"}}}}'),
)  # fmt: skip


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    return Place(wire.base_url, wire.account)


def enabled(place: Place, pool_id: str) -> list[Any]:
    """Return the identities of a pool that are of use."""
    found: list[Any] = place.admin.list_identities(
        IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True
    )["Identities"]
    return found


@holds("IDAT-06")
def test_of_two_who_merge_each_other_one_is_left(place: Place) -> None:
    pool_id = place.pool(DeveloperProviderName=BACK_END)
    admins = [place.admin, place.admin]

    def merge(number: int, source: str, destination: str) -> str:
        try:
            found: str = admins[number].merge_developer_identities(
                SourceUserIdentifier=source,
                DestinationUserIdentifier=destination,
                DeveloperProviderName=BACK_END,
                IdentityPoolId=pool_id,
            )["IdentityId"]
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return found

    with ThreadPoolExecutor(2) as threads:
        for _ in range(ROUNDS):
            names = unique(), unique()
            ids = [
                place.admin.get_open_id_token_for_developer_identity(
                    IdentityPoolId=pool_id, Logins={BACK_END: name}
                )["IdentityId"]
                for name in names
            ]
            answers = list(threads.map(merge, (0, 1), names, reversed(names)))
            looked_up = {
                place.admin.lookup_developer_identity(
                    IdentityPoolId=pool_id, DeveloperUserIdentifier=name
                )["IdentityId"]
                for name in names
            }
            assert len(looked_up) == 1, answers
            left = [each for each in enabled(place, pool_id) if each["IdentityId"] in ids]
            assert {each["IdentityId"] for each in left} == looked_up
            assert looked_up <= set(answers), answers
            place.admin.delete_identities(IdentityIdsToDelete=ids)


@holds("IDAT-06")
def test_of_two_guests_who_sign_in_as_one_user_one_is_left(place: Place, app: App) -> None:
    pool_id = place.pool_for(app)
    publics = [unsigned(place.base_url) for _ in range(2)]

    def link(number: int, guest: str, logins: dict[str, str]) -> str:
        found: str = publics[number].get_open_id_token(IdentityId=guest, Logins=logins)[
            "IdentityId"
        ]
        return found

    name = app.user()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(ROUNDS):
            logins = login(app, name)
            guests = [publics[0].get_id(IdentityPoolId=pool_id)["IdentityId"] for _ in range(2)]
            answers = set(threads.map(link, (0, 1), guests, (logins, logins)))
            left = {each["IdentityId"] for each in enabled(place, pool_id)}
            assert len(left) == 1
            assert left <= answers
            assert answers <= set(guests)
            place.admin.delete_identities(IdentityIdsToDelete=guests)


@holds("IDAT-12")
@pytest.mark.parametrize("text", MALFORMED)
def test_a_session_policy_that_is_none_gives_no_session(wire: Wire, text: str) -> None:
    place = Place(wire.base_url, wire.account)
    role = place.iam.create_role(
        RoleName=unique("role"),
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{wire.account}:root"}),
    )["Role"]
    sts = service(wire.base_url, "sts", key=wire.account)
    with refused("MalformedPolicyDocument"):
        sts.assume_role(RoleArn=role["Arn"], RoleSessionName="here", Policy=text)
    with refused("MalformedPolicyDocument"):
        sts.get_federation_token(Name="here", Policy=text)


@holds("IDAT-12")
def test_a_session_policy_of_the_old_language_has_no_variables(wire: Wire) -> None:
    place = Place(wire.base_url, wire.account)
    role = place.iam.create_role(
        RoleName=unique("role"),
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{wire.account}:root"}),
    )["Role"]
    place.iam.put_role_policy(
        RoleName=role["RoleName"], PolicyName="own", PolicyDocument=document(allow("iam:*"))
    )
    for version, may in (("2012-10-17", True), ("2008-10-17", False)):
        condition = {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}
        policy = document(allow("iam:ListRoles", Condition=condition), version=version)
        given = service(wire.base_url, "sts", key=wire.account).assume_role(
            RoleArn=role["Arn"], RoleSessionName="here", Policy=policy
        )["Credentials"]
        iam = service(
            wire.base_url,
            key=given["AccessKeyId"],
            secret=given["SecretAccessKey"],
            token=given["SessionToken"],
        )
        if may:
            iam.list_roles(MaxItems=1)
        else:
            with refused("AccessDenied"):
                iam.list_roles(MaxItems=1)
