"""What pools and clients must not be, in Cognito's words."""

from typing import Any

import pytest

from poolkeep.base.refusal import (
    FeatureUnavailableInTier,
    InvalidOAuthFlow,
    InvalidParameter,
    Refusal,
    ScopeDoesNotExist,
    UserPoolTagging,
)
from poolkeep.core.pools import wording
from poolkeep.storage.database import open_database
from tests.unit.core.pools.region import ALICE, Region
from tests.unit.core.pools.test_round_trips import KEY, ROLE, SES, SMS, function

Members = dict[str, Any]

NEW: list[tuple[Members, type[Refusal], str]] = [
    ({"AliasAttributes": ["email"], "UsernameAttributes": ["email"]}, InvalidParameter,
     "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."),
    ({"AliasAttributes": ["preferred_username"],
      "Schema": [{"Name": "preferred_username", "Required": True}]}, InvalidParameter,
     wording.PREFERRED_USERNAME_TWICE),
    ({"MfaConfiguration": "OPTIONAL"}, InvalidParameter,
     ("SMS configuration and Auto verification for phone_number are required when MFA is "
     "required/optional")),
    ({"Schema": [{"Name": "x"}]}, InvalidParameter,
     "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."),
    ({"Schema": [{"Name": "x", "AttributeDataType": "String", "Required": True}]},
     InvalidParameter, "Required custom attributes are not supported currently."),
    ({"Schema": [{"Name": "x", "AttributeDataType": "String"}] * 2}, InvalidParameter,
     "Duplicate custom attribute names custom:x are not allowed in a user pool schema."),
    ({"Schema": [{"Name": "email", "AttributeDataType": "Number"}]}, InvalidParameter,
     ("You can not change AttributeDataType or set developerOnlyAttribute for standard schema "
     "attribute email")),
    ({"Schema": [{"Name": "email", "DeveloperOnlyAttribute": True}]}, InvalidParameter,
     ("You can not change AttributeDataType or set developerOnlyAttribute for standard schema "
     "attribute email")),
    ({"Schema": [{"Name": "sub", "Mutable": True}]}, InvalidParameter, wording.SUB_IS_FIXED),
    ({"Schema": [{"AttributeDataType": "String"}]}, InvalidParameter, wording.NO_NAME),
    ({"Schema": [{"Name": "x", "AttributeDataType": "String",
                  "StringAttributeConstraints": {"MinLength": "5", "MaxLength": "4"}}]},
     InvalidParameter,
     "Attribute custom:x cannot have a max length shorter than it's min length"),
    ({"Schema": [{"Name": "x", "AttributeDataType": "Number",
                  "NumberAttributeConstraints": {"MinValue": "5", "MaxValue": "-4"}}]},
     InvalidParameter,
     "Attribute custom:x cannot have a max value smaller than it's min value"),
    ({"Schema": [{"Name": "x", "AttributeDataType": "String",
                  "StringAttributeConstraints": {"MaxLength": "2049"}}]},
     InvalidParameter,
     "user.custom:x: String attributes cannot have a length of more than 2048"),
    ({"Schema": [{"Name": "x", "AttributeDataType": "String",
                  "StringAttributeConstraints": {"MaxLength": "many"}}]},
     InvalidParameter, "Invalid StringAttributeConstraints for schema attribute custom:x"),
    ({"Schema": [{"Name": "x", "AttributeDataType": "Number",
                  "NumberAttributeConstraints": {"MaxValue": "9" * 5_000}}]},
     InvalidParameter, "Invalid NumberAttributeConstraints for schema attribute custom:x"),
    ({"Schema": [{"Name": "x", "AttributeDataType": "Number",
                  "NumberAttributeConstraints": {"MaxValue": "٣"}}]},
     InvalidParameter, "Invalid NumberAttributeConstraints for schema attribute custom:x"),
]  # fmt: skip

EITHER: list[tuple[Members, type[Refusal], str]] = [
    ({"AutoVerifiedAttributes": ["phone_number"]}, InvalidParameter,
     "SMS configuration is required when phone_number is selected for auto verification"),
    ({"UserAttributeUpdateSettings": {
        "AttributesRequireVerificationBeforeUpdate": ["email"]}}, InvalidParameter,
     ("All attributes in AttributesRequireVerificationBeforeUpdate must exist in "
     "AutoVerifiedAttributes")),
    ({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
      "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7}}, InvalidParameter,
     ("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of "
     "UnusedAccountValidityDays")),
    ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}},
     InvalidParameter, "Password should be configured as one of the allowed first auth factors."),
    ({"Policies": {"SignInPolicy": {
        "AllowedFirstAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}}},
     InvalidParameter, wording.TOKEN_IS_NO_FIRST_FACTOR),
    ({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}, InvalidParameter,
     "Source ARN is required to use DEVELOPER email sending owner"),
    ({"EmailConfiguration": {"From": "nobody"}}, InvalidParameter,
     "Provided From email address is invalid"),
    ({"EmailConfiguration": {"SourceArn": SES.replace("eu-central-1", "eu-north-1")}},
     InvalidParameter, ("Provided SourceArn must be in one of the following SES regions: "
     "eu-west-1, us-east-1, us-west-2.")),
    ({"SmsConfiguration": {}}, InvalidParameter, wording.ONE_SMS_SENDER),
    ({"SmsConfiguration": {"SnsCallerArn": ""}}, InvalidParameter, wording.ONE_SMS_SENDER),
    ({"SmsConfiguration": {**SMS, "EumsSms": {"CallerArn": ROLE}}}, InvalidParameter,
     wording.ONE_SMS_SENDER),
    ({"SmsConfiguration": {"EumsSms": {"CallerArn": ROLE, "Region": "us-east-1"}}},
     InvalidParameter, wording.EUMS_REGION),
    ({"LambdaConfig": {"PreSignUp": function("x").replace("eu-central-1", "us-east-1")}},
     InvalidParameter, "Cross-region lambda functions are not supported"),
    ({"LambdaConfig": {
        "PreTokenGeneration": function("x"),
        "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": function("y")}}},
     InvalidParameter, wording.TOKEN_TRIGGER_TWICE),
    ({"LambdaConfig": {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": function("x")}}},
     InvalidParameter, wording.SENDER_NEEDS_KEY),
    ({"AccountRecoverySetting": {"RecoveryMechanisms": [
        {"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}},
     InvalidParameter, wording.RECOVERY_ADMIN_ALONE),
    ({"AccountRecoverySetting": {"RecoveryMechanisms": [
        {"Priority": 1, "Name": "verified_phone_number"},
        {"Priority": 1, "Name": "verified_email"}]}},
     InvalidParameter, wording.RECOVERY_PRIORITIES),
    ({"AccountRecoverySetting": {"RecoveryMechanisms": [
        {"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_email"}]}},
     InvalidParameter, wording.RECOVERY_NAMES),
    ({"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}}, InvalidParameter,
     wording.CUSTOMER_KEY_NEEDS_ARN),
    ({"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY", "KmsKeyArn": KEY}}, InvalidParameter,
     wording.OWNED_KEY_HAS_NO_ARN),
    ({"AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:2"}}}, InvalidParameter,
     wording.ACR_VALUES_UNIQUE),
    ({"AcrConfiguration": {"Level9": {"AcrValue": "x"}}}, InvalidParameter, wording.ACR_LEVELS),
    ({"UserPoolTags": {str(number): "" for number in range(51)}}, UserPoolTagging,
     wording.TOO_MANY_TAGS),
    ({"UserPoolTags": {"aws:x": ""}}, UserPoolTagging, wording.RESERVED_TAG),
    ({"UserPoolTags": {"poolkeep:password-storage": "bcrypt"}}, InvalidParameter,
     wording.INVALID_PASSWORD_STORAGE),
    ({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}, FeatureUnavailableInTier,
     ("The following features need to be disabled for the ESSENTIALS pricing tier configured: "
     "Threat Protection")),
    ({"UserPoolTier": "LITE",
      "Policies": {"PasswordPolicy": {"PasswordHistorySize": 1}, "SignInPolicy": {
          "AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}}}, FeatureUnavailableInTier,
     ("The following features need to be disabled for the LITE pricing tier configured: "
     "Passwordless Sign-In, Password History")),
    ({"UserPoolTier": "LITE", "AcrConfiguration": {}}, FeatureUnavailableInTier,
     ("The following features need to be disabled for the LITE pricing tier configured: "
     "Step-Up Authentication")),
    ({"UserPoolTier": "LITE", "LambdaConfig": {
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": function("y")}}},
     FeatureUnavailableInTier,
     ("The following features need to be disabled for the LITE pricing tier configured: "
     "Token Customization with Pre-Token Generation Lambda V2_0")),
]  # fmt: skip


@pytest.mark.parametrize("given, refusal, text", [*NEW, *EITHER])
async def test_a_new_pool_is_refused(
    region: Region, given: Members, refusal: type[Refusal], text: str
) -> None:
    epoch = await region.epoch()
    with pytest.raises(refusal) as refused:
        await region.create_pool(**given)
    assert refused.value.text == text
    assert await region.epoch() == epoch


@pytest.mark.parametrize("given, refusal, text", EITHER)
async def test_an_update_is_refused_and_changes_nothing(
    region: Region, given: Members, refusal: type[Refusal], text: str
) -> None:
    pool = await region.create_pool()
    before, epoch = await region.describe_pool(pool), await region.epoch()
    with pytest.raises(refusal) as refused:
        await region.update_pool(pool, PoolName="other", **given)
    assert refused.value.text == text
    assert await region.describe_pool(pool) == before
    assert await region.epoch() == epoch


async def test_an_update_cannot_turn_mfa_on(region: Region) -> None:
    pool = await region.create_pool()
    with pytest.raises(InvalidParameter) as refused:
        await region.update_pool(pool, MfaConfiguration="ON", SmsConfiguration=SMS)
    assert refused.value.text == (
        "Cannot turn MFA functionality ON, once the user pool has been created"
    )


async def test_an_update_cannot_take_the_only_factor_away(region: Region) -> None:
    pool = await region.create_pool(MfaConfiguration="OPTIONAL", SmsConfiguration=SMS)
    with pytest.raises(InvalidParameter):
        await region.update_pool(pool, MfaConfiguration="OPTIONAL")
    await region.update_pool(pool, MfaConfiguration="OPTIONAL", SmsConfiguration=SMS)
    await region.update_pool(pool)
    assert (await region.describe_pool(pool))["MfaConfiguration"] == "OFF"


async def test_tiers_limit_nothing_where_they_are_not_enforced(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    region = Region(database, tiers_enforced=False)
    pool = await region.create_pool(
        UserPoolTier="LITE", UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"}
    )
    await region.create_client(
        pool,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED"},
    )
    await database.close()


async def test_a_tier_below_a_clients_features_is_refused(region: Region) -> None:
    pool = await region.create_pool()
    await region.create_client(
        pool,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED"},
    )
    with pytest.raises(FeatureUnavailableInTier) as refused:
        await region.update_pool(pool, UserPoolTier="LITE")
    assert refused.value.text.endswith("configured: Refresh Token Rotation")


OAUTH = {"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"]}
MACHINE = {"AllowedOAuthFlows": ["client_credentials"], "GenerateSecret": True}
ROTATION = {"RefreshTokenRotation": {"Feature": "ENABLED"}}

CLIENTS: list[tuple[Members, type[Refusal], str]] = [
    ({"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "USER_PASSWORD_AUTH"]}, InvalidParameter,
     "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."),
    ({"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_AUTH"],
      "GenerateSecret": True}, InvalidParameter, wording.CLIENT_TOKEN_ALONE),
    ({"ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"]}, InvalidParameter,
     wording.CLIENT_TOKEN_NEEDS_SECRET),
    (ROTATION, InvalidParameter, ("ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow "
     "when refresh token rotation is enabled.")),
    ({**ROTATION, "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}, InvalidParameter,
     wording.REFRESH_AND_ROTATION),
    ({"ReadAttributes": ["custom:none"]}, InvalidParameter,
     "Invalid read attributes specified while creating a client"),
    *[({"WriteAttributes": names}, InvalidParameter,
       "Invalid write attributes specified while creating a client")
      for names in (["custom:none"], ["sub", "name"], ["email_verified", "name"], ["email"],
                    ["name", "dev:custom:d"], [])],
    ({"AllowedOAuthFlows": ["client_credentials", "code"]}, InvalidOAuthFlow,
     "client_credentials flow can not be selected along with code flow or implicit flow."),
    ({"AllowedOAuthFlows": ["client_credentials"]}, InvalidOAuthFlow,
     "client_credentials flow can not be selected if client does not have a client secret."),
    ({**MACHINE, "AllowedOAuthScopes": ["openid"]}, InvalidOAuthFlow,
     wording.CREDENTIALS_WITH_DEFAULT_SCOPES),
    ({"AllowedOAuthFlowsUserPoolClient": True}, InvalidParameter,
     ("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to "
     "use OAuth flows.")),
    (OAUTH, InvalidParameter,
     "CallbackUrls can not be empty when code flow or implicit flow is selected"),
    ({"CallbackURLs": ["http://a.example/"]}, InvalidParameter,
     "http://a.example/ cannot use the HTTP protocol."),
    ({"LogoutURLs": ["http://a.example/"]}, InvalidParameter,
     "http://a.example/ cannot use the HTTP protocol."),
    *[({"CallbackURLs": [url]}, InvalidParameter, f"{url} is not a valid redirect URI.")
      for url in ("/relative", "a.example", "https://a.example/#f", "https://", "http://[::1")],
    ({"CallbackURLs": ["https://a.example"], "DefaultRedirectURI": "https://b.example"},
     InvalidParameter,
     "The default redirect URI https://b.example is not in the callback URIs list."),
    ({**OAUTH, "CallbackURLs": ["https://a.example"], "AllowedOAuthScopes": ["openid", "x/y"]},
     ScopeDoesNotExist, "Invalid scope requested: x/y"),
    ({"AnalyticsConfiguration": {"ApplicationId": "a1"}}, InvalidParameter,
     ("Invalid analytics configuration given, either <application arn> or <application id, role "
     "arn, external id> are valid")),
    ({"EnablePropagateAdditionalUserContextData": True}, InvalidParameter,
     wording.PROPAGATION_NEEDS_SECRET),
    ({"GenerateSecret": True, "ClientSecret": "x" * 30}, InvalidParameter, wording.TWO_SECRETS),
    *[({"AccessTokenValidity": value, "TokenValidityUnits": {"AccessToken": unit}},
       InvalidParameter, "Invalid range for token validity.")
      for value, unit in ((299, "seconds"), (86_401, "seconds"), (4, "minutes"), (25, "hours"),
                          (2, "days"))],
    *[({"RefreshTokenValidity": value, "TokenValidityUnits": {"RefreshToken": unit}},
       InvalidParameter, "Invalid range for token validity.")
      for value, unit in ((3_599, "seconds"), (315_360_001, "seconds"), (3_651, "days"))],
    ({"TokenValidityUnits": {"RefreshToken": "minutes"}}, InvalidParameter,
     "Invalid range for token validity."),
    ({"RefreshTokenValidity": 1, "AccessTokenValidity": 2,
      "TokenValidityUnits": {"RefreshToken": "hours"}}, InvalidParameter,
     "Invalid range for token validity."),
]  # fmt: skip


@pytest.mark.parametrize("given, refusal, text", CLIENTS)
async def test_a_client_is_refused(
    region: Region, given: Members, refusal: type[Refusal], text: str
) -> None:
    pool = await region.create_pool(
        Schema=[
            {"Name": "name", "Required": True},
            {"Name": "d", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
        ]
    )
    with pytest.raises(refusal) as refused:
        await region.create_client(pool, **given)
    assert refused.value.text == text
    assert not (await region.clients.list(ALICE, pool.id, limit=60, next_token=None)).clients


async def test_a_provider_that_the_pool_lacks_is_refused(region: Region) -> None:
    pool = await region.create_pool()
    with pytest.raises(InvalidParameter) as refused:
        await region.create_client(pool, SupportedIdentityProviders=["COGNITO", "Google"])
    assert refused.value.text == f"The provider Google does not exist for User Pool {pool.id}"


@pytest.mark.parametrize(
    "value, unit", [(300, "seconds"), (86_400, "seconds"), (5, "minutes"), (24, "hours")]
)
async def test_the_bounds_of_a_lifetime_are_accepted(region: Region, value: int, unit: str) -> None:
    pool = await region.create_pool()
    await region.create_client(
        pool,
        AccessTokenValidity=value,
        IdTokenValidity=value,
        TokenValidityUnits={"AccessToken": unit, "IdToken": unit},
    )


@pytest.mark.parametrize("value, unit", [(1, "hours"), (3_650, "days"), (0, "days")])
async def test_the_bounds_of_a_refresh_tokens_life_are_accepted(
    region: Region, value: int, unit: str
) -> None:
    pool = await region.create_pool()
    await region.create_client(
        pool, RefreshTokenValidity=value, TokenValidityUnits={"RefreshToken": unit}
    )
