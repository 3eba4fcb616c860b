"""What is refused of a pool, and its tags, lists and end: docs/behaviours/pools.md."""

import pytest

from tests.behaviours.wording import BAD_PAGE, invalid, no_pool
from tests.sdk.builders import SMS_ROLE, App, a_pool
from tests.sdk.support import Json, RefusedError, Wire, an_account, holds, refused, unique
from tests.support.server import StartServer

PROTECTED = (
    "The user pool cannot be deleted because deletion protection is activated. "
    "Deletion protection must be inactivated first."
)
BOTH_DAYS = (
    "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of "
    "UnusedAccountValidityDays"
)
MFA_NEEDS_SMS = (
    "SMS configuration and Auto verification for phone_number are required when MFA is "
    "required/optional"
)
STANDARD_TYPE = (
    "You can not change AttributeDataType or set developerOnlyAttribute for standard schema "
    "attribute {}"
)
NO_TYPE = "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:tokens"


@pytest.fixture(scope="module")
def tiered(start_shared_server: StartServer) -> Wire:
    """Return a caller of a server whose pools are held to their tiers."""
    server = start_shared_server(environment={"POOLKEEP_TIERS_ENFORCED": "true"})
    return Wire(server.base_url)


def policy(**rules: Json) -> dict[str, Json]:
    return {"Policies": {"PasswordPolicy": rules}}


def schema(*attributes: dict[str, Json]) -> dict[str, Json]:
    return {"Schema": list(attributes)}


def text(name: str, **more: Json) -> dict[str, Json]:
    return {"Name": name, "AttributeDataType": "String", **more}


def recovery(*mechanisms: tuple[int, str]) -> dict[str, Json]:
    listed = [{"Priority": priority, "Name": name} for priority, name in mechanisms]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": listed}}


@holds("POOL-08", "POOL-10", "POOL-13", "POOL-14", "POOL-15", "POOL-16", "POOL-17", "POOL-21")
@pytest.mark.parametrize(
    "settings, message",
    [
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
        ),
        (
            schema(text("x", Required=True)),
            "Required custom attributes are not supported currently.",
        ),
        (schema({"Name": "x"}), NO_TYPE),
        (
            schema(text("x"), text("x")),
            "Duplicate custom attribute names custom:x are not allowed in a user pool schema.",
        ),
        (
            schema(text("x", StringAttributeConstraints={"MinLength": "5", "MaxLength": "4"})),
            "Attribute custom:x cannot have a max length shorter than it's min length",
        ),
        (
            schema(
                {
                    "Name": "x",
                    "AttributeDataType": "Number",
                    "NumberAttributeConstraints": {"MinValue": "5", "MaxValue": "4"},
                }
            ),
            "Attribute custom:x cannot have a max value smaller than it's min value",
        ),
        (schema({"Name": "email", "AttributeDataType": "Number"}), STANDARD_TYPE.format("email")),
        (schema(text("email", DeveloperOnlyAttribute=True)), STANDARD_TYPE.format("email")),
        (
            {
                "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
                "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7},
            },
            BOTH_DAYS,
        ),
        (
            {
                "UserAttributeUpdateSettings": {
                    "AttributesRequireVerificationBeforeUpdate": ["email"]
                }
            },
            (
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in "
                "AutoVerifiedAttributes"
            ),
        ),
        (
            {"AutoVerifiedAttributes": ["phone_number"]},
            "SMS configuration is required when phone_number is selected for auto verification",
        ),
        ({"MfaConfiguration": "ON"}, MFA_NEEDS_SMS),
        ({"MfaConfiguration": "OPTIONAL"}, MFA_NEEDS_SMS),
        (
            {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
            "Password should be configured as one of the allowed first auth factors.",
        ),
        (
            {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}},
            "Source ARN is required to use DEVELOPER email sending owner",
        ),
    ],
)
def test_a_pool_is_refused_in_these_words(
    wire: Wire, settings: dict[str, Json], message: str
) -> None:
    with refused(*invalid(message)):
        a_pool(wire, **settings)


@holds("POOL-10")
@pytest.mark.parametrize(
    "settings",
    [
        schema(text("x", StringAttributeConstraints={"MaxLength": "2049"})),
        schema(text("x", StringAttributeConstraints={"MaxLength": "many"})),
        schema(text("x", StringAttributeConstraints={"MinLength": "-1"})),
    ],
)
def test_bounds_of_texts_are_numbers_up_to_2048(wire: Wire, settings: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        a_pool(wire, **settings)


@holds("POOL-12")
@pytest.mark.parametrize(
    "rule, value, accepted",
    [
        ("MinimumLength", 6, True),
        ("MinimumLength", 5, False),
        ("MinimumLength", 99, True),
        ("MinimumLength", 100, False),
        ("PasswordHistorySize", 24, True),
        ("PasswordHistorySize", 25, False),
        ("PasswordHistorySize", -1, False),
        ("TemporaryPasswordValidityDays", 365, True),
        ("TemporaryPasswordValidityDays", 366, False),
    ],
)
def test_the_password_policy_has_bounds(wire: Wire, rule: str, value: int, accepted: bool) -> None:
    if accepted:
        assert a_pool(wire, **policy(**{rule: value}))
    else:
        with refused("InvalidParameterException"):
            a_pool(wire, **policy(**{rule: value}))


@holds("POOL-12")
def test_no_days_for_temporary_passwords_mean_the_default(wire: Wire) -> None:
    pool = a_pool(wire, **policy(MinimumLength=8, TemporaryPasswordValidityDays=0))
    told = wire.call("DescribeUserPool", UserPoolId=pool)["UserPool"]
    assert told["AdminCreateUserConfig"]["UnusedAccountValidityDays"] == 7


@holds("POOL-06")
def test_a_protected_pool_is_not_deleted(wire: Wire) -> None:
    pool = a_pool(wire, DeletionProtection="ACTIVE")
    with refused(*invalid(PROTECTED)):
        wire.call("DeleteUserPool", UserPoolId=pool)
    wire.call("UpdateUserPool", UserPoolId=pool, DeletionProtection="INACTIVE")
    wire.call("DeleteUserPool", UserPoolId=pool)
    with refused(*no_pool(pool)):
        wire.call("DescribeUserPool", UserPoolId=pool)


@holds("POOL-07")
@pytest.mark.parametrize(
    "operation, members",
    [
        ("DescribeUserPool", {}),
        ("UpdateUserPool", {}),
        ("DeleteUserPool", {}),
        ("AddCustomAttributes", {"CustomAttributes": [text("x")]}),
        ("CreateUserPoolClient", {"ClientName": "c"}),
        ("ListUserPoolClients", {}),
        ("ListUsers", {}),
        ("CreateGroup", {"GroupName": "g"}),
        ("ListGroups", {}),
        ("AdminCreateUser", {"Username": "u"}),
        ("AdminGetUser", {"Username": "u"}),
    ],
)
def test_a_deleted_pool_is_gone_for_every_call(
    wire: Wire, operation: str, members: dict[str, Json]
) -> None:
    gone = "us-east-1_ZZZZZZZZZ"
    with refused(*no_pool(gone)):
        wire.call(operation, UserPoolId=gone, **members)


@holds("POOL-07", "CLIENT-16")
def test_a_deleted_pool_takes_its_clients_along(wire: Wire) -> None:
    pool = a_pool(wire)
    made = wire.call("CreateUserPoolClient", UserPoolId=pool, ClientName="c")["UserPoolClient"]
    wire.call("DeleteUserPool", UserPoolId=pool)
    with refused("ResourceNotFoundException"):
        wire.call("SignUp", ClientId=made["ClientId"], Username="u", Password="Correct-Horse-7")


@holds("POOL-11")
def test_attributes_are_added_at_once(app: App) -> None:
    name = f"extra{unique('')[-5:]}"
    given = {"CustomAttributes": [text(name)]}
    user, client = app.user(), app.another_client(ReadAttributes=["email"])
    assert app.wire.call("AddCustomAttributes", UserPoolId=app.pool_id, **given) == {}
    app.admin(
        "AdminUpdateUserAttributes",
        user,
        UserAttributes=[{"Name": f"custom:{name}", "Value": "x"}],
    )
    seen = {}
    for one in (app, client):
        access = one.sign_in(user)["AccessToken"]
        told = one.wire.call("GetUser", AccessToken=access)["UserAttributes"]
        seen[one.client_id] = f"custom:{name}" in {entry["Name"] for entry in told}
    assert seen == {app.client_id: True, client.client_id: False}
    message = f"custom:{name}: Existing attribute already has name custom:{name}."
    with refused(*invalid(message)):
        app.wire.call("AddCustomAttributes", UserPoolId=app.pool_id, **given)


@holds("POOL-11")
def test_a_pool_has_at_most_fifty_attributes_of_its_own(wire: Wire) -> None:
    pool = a_pool(wire)
    for start in (0, 25):
        given = [text(f"a{number}") for number in range(start, start + 25)]
        wire.call("AddCustomAttributes", UserPoolId=pool, CustomAttributes=given)
    with refused("InvalidParameterException"):
        wire.call("AddCustomAttributes", UserPoolId=pool, CustomAttributes=[text("more")])
    for count in (0, 26):
        given = [text(f"b{number}") for number in range(count)]
        with refused("InvalidParameterException"):
            wire.call("AddCustomAttributes", UserPoolId=pool, CustomAttributes=given)


@holds("POOL-16")
def test_an_update_does_not_turn_mfa_on(wire: Wire) -> None:
    pool = a_pool(wire, SmsConfiguration=SMS_ROLE)
    message = "Cannot turn MFA functionality ON, once the user pool has been created"
    with refused(*invalid(message)):
        wire.call(
            "UpdateUserPool", UserPoolId=pool, MfaConfiguration="ON", SmsConfiguration=SMS_ROLE
        )
    assert wire.call("UpdateUserPool", UserPoolId=pool, MfaConfiguration="OFF") == {}


@holds("POOL-19")
def test_tags_are_merged_and_removed_by_arn(wire: Wire) -> None:
    made = wire.call("CreateUserPool", PoolName=unique("pool"), UserPoolTags={"a": "1"})
    arn = made["UserPool"]["Arn"]
    assert wire.call("TagResource", ResourceArn=arn, Tags={"b": "2", "a": "3"}) == {}
    assert wire.call("ListTagsForResource", ResourceArn=arn) == {"Tags": {"a": "3", "b": "2"}}
    assert wire.call("UntagResource", ResourceArn=arn, TagKeys=["a", "none"]) == {}
    assert wire.call("ListTagsForResource", ResourceArn=arn) == {"Tags": {"b": "2"}}
    told = wire.call("DescribeUserPool", UserPoolId=made["UserPool"]["Id"])["UserPool"]
    assert told["UserPoolTags"] == {"b": "2"}
    for bad in (arn.replace("userpool/", "group/"), arn[:-9] + "000000000"):
        with pytest.raises(RefusedError) as caught:
            wire.call("ListTagsForResource", ResourceArn=bad)
        assert caught.value.code in {"InvalidParameterException", "ResourceNotFoundException"}


@holds("POOL-20", "POOL-24")
def test_pools_are_listed_in_pages(server_url: str) -> None:
    wire = Wire(server_url, an_account())
    pools = {a_pool(wire, PoolName=f"pool {number}") for number in range(5)}
    seen: list[str] = []
    carried: dict[str, Json] = {}
    for _ in range(10):
        page = wire.call("ListUserPools", MaxResults=2, **carried)
        assert len(page["UserPools"]) <= 2
        for entry in page["UserPools"]:
            assert set(entry) == {"Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate"}
        seen += [entry["Id"] for entry in page["UserPools"]]
        if "NextToken" not in page:
            break
        carried = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted(pools)
    with refused(*BAD_PAGE):
        wire.call("ListUserPools", MaxResults=2, NextToken="broken")
    with refused("InvalidParameterException"):
        wire.call("ListUserPools")


@holds("POOL-22")
@pytest.mark.parametrize(
    "settings",
    [
        {"UserPoolTier": "LITE", **policy(PasswordHistorySize=3)},
        {
            "UserPoolTier": "LITE",
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        },
        {
            "UserPoolTier": "LITE",
            "LambdaConfig": {
                "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA}
            },
        },
        {"UserPoolTier": "ESSENTIALS", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}},
        {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
    ],
)
def test_a_feature_above_the_tier_is_refused(tiered: Wire, settings: dict[str, Json]) -> None:
    with refused("FeatureUnavailableInTierException"):
        a_pool(tiered, **settings)
    pool = a_pool(tiered)
    with refused("FeatureUnavailableInTierException"):
        tiered.call("UpdateUserPool", UserPoolId=pool, **settings)


@holds("POOL-22")
def test_rotation_needs_more_than_the_lowest_tier(tiered: Wire) -> None:
    pool = a_pool(tiered, UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        tiered.call(
            "CreateUserPoolClient",
            UserPoolId=pool,
            ClientName="c",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
            RefreshTokenRotation={"Feature": "ENABLED"},
        )


@holds("POOL-23")
@pytest.mark.parametrize(
    "settings",
    [
        recovery((1, "verified_email"), (1, "verified_phone_number")),
        recovery((1, "admin_only"), (2, "verified_email")),
        recovery((1, "verified_email"), (2, "verified_phone_number"), (2, "admin_only")),
        recovery((3, "verified_email")),
        recovery((0, "verified_email")),
    ],
)
def test_recovery_priorities_are_unique(wire: Wire, settings: dict[str, Json]) -> None:
    with refused("InvalidParameterException"):
        a_pool(wire, **settings)
