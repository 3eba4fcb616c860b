"""What a description shows is what was given, plus defaults; an update replaces."""

from typing import Any

import pytest

from tests.unit.core.pools.region import ACCOUNT, REGION, Region

ROLE = f"arn:aws:iam::{ACCOUNT}:role/messages"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
SES = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/example.org"
PINPOINT = f"arn:aws:mobiletargeting:{REGION}:{ACCOUNT}:apps/a"
SMS = {"SnsCallerArn": ROLE, "ExternalId": "x", "SnsRegion": REGION}

STANDARD = [
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
    "profile", "picture", "website", "email", "email_verified", "gender", "birthdate", "zoneinfo",
    "locale", "phone_number", "phone_number_verified", "address", "updated_at",
]  # fmt: skip


def function(name: str) -> str:
    """Return the ARN of a Lambda function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


POOL_DEFAULTS: dict[str, Any] = {
    "Name": "p",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {},
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
    "MfaConfiguration": "OFF",
    "EstimatedNumberOfUsers": 0,
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": False,
        "UnusedAccountValidityDays": 7,
    },
    "UserPoolTier": "ESSENTIALS",
    "AcrConfiguration": {
        f"Level{level}": {"AcrValue": f"urn:cognito:loa:{level}"} for level in (1, 2, 3, 4)
    },
}

POLICY = {
    "MinimumLength": 12,
    "RequireUppercase": False,
    "RequireLowercase": True,
    "RequireNumbers": False,
    "RequireSymbols": True,
    "PasswordHistorySize": 3,
    "TemporaryPasswordValidityDays": 30,
}

CHANGEABLE: list[dict[str, Any]] = [
    {"Policies": {
        "PasswordPolicy": POLICY,
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]},
    }},
    {"DeletionProtection": "ACTIVE"},
    {"LambdaConfig": {
        "PreSignUp": function("a"), "CustomMessage": function("b"),
        "PostConfirmation": function("c"), "PreAuthentication": function("d"),
        "PostAuthentication": function("e"), "DefineAuthChallenge": function("f"),
        "CreateAuthChallenge": function("g"), "VerifyAuthChallengeResponse": function("h"),
        "UserMigration": function("i"), "PreTokenGeneration": function("j"),
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": function("j")},
        "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": function("k")},
        "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": function("l")},
        "InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": function("m")},
        "KMSKeyID": KEY,
    }},
    {"AutoVerifiedAttributes": ["phone_number", "email"], "SmsConfiguration": SMS},
    {"SmsVerificationMessage": "code {####}", "EmailVerificationMessage": "mail {####}",
     "EmailVerificationSubject": "subject"},
    {"VerificationMessageTemplate": {
        "SmsMessage": "code {####}", "EmailMessage": "mail {####}", "EmailSubject": "subject",
        "EmailMessageByLink": "{##here##}", "EmailSubjectByLink": "by link",
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
    }},
    {"SmsAuthenticationMessage": "mfa {####}"},
    {"AutoVerifiedAttributes": ["email"], "UserAttributeUpdateSettings": {
        "AttributesRequireVerificationBeforeUpdate": ["email"],
    }},
    {"DeviceConfiguration": {
        "ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False,
    }},
    {"EmailConfiguration": {
        "EmailSendingAccount": "DEVELOPER", "SourceArn": SES, "From": "Us <us@example.org>",
        "ReplyToEmailAddress": "reply@example.org", "ConfigurationSet": "set",
    }},
    {"SmsConfiguration": {"EumsSms": {
        "CallerArn": ROLE, "ExternalId": "x", "OriginationIdentity": "o",
        "ConfigurationSetName": "s", "InEntityId": "e", "InTemplateId": "t", "Region": REGION,
    }}},
    {"UserPoolTags": {"team": "a", "empty": ""}},
    {"AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 7,
        "InviteMessageTemplate": {
            "SMSMessage": "{username} {####}", "EmailMessage": "{username} {####}",
            "EmailSubject": "come in",
        },
    }},
    {"UserPoolTier": "PLUS", "UserPoolAddOns": {
        "AdvancedSecurityMode": "ENFORCED",
        "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
    }},
    {"AccountRecoverySetting": {"RecoveryMechanisms": [
        {"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 2, "Name": "verified_email"},
    ]}},
    {"UserPoolTier": "LITE", "AcrConfiguration": None},
    {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY}},
    {"IssuerConfiguration": {"Type": "UPDATED"}},
    {"AcrConfiguration": {f"Level{level}": {"AcrValue": f"l{level}"} for level in (1, 2, 3, 4)}},
    {"DcrConfiguration": {
        "EnableStatus": "Enabled", "OpenDcrEnabled": True, "AuthenticatedGrantTypes": [],
        "OpenDcrGrantTypes": ["code"], "AllowedScopes": ["openid"],
    }},
]  # fmt: skip
FIXED: list[dict[str, Any]] = [
    {"AliasAttributes": ["email", "preferred_username"]},
    {"UsernameAttributes": ["email", "phone_number"]},
    {"UsernameConfiguration": {"CaseSensitive": False}},
]


def shows(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a description of a pool with these members shows, schema and ids apart."""
    shown = {**POOL_DEFAULTS, **given}
    texts = shown["VerificationMessageTemplate"]
    pairs = {
        "SmsVerificationMessage": "SmsMessage",
        "EmailVerificationMessage": "EmailMessage",
        "EmailVerificationSubject": "EmailSubject",
    }
    for top, inner in pairs.items():
        text = given.get(top) or texts.get(inner)
        if text:
            texts = {**texts, inner: text}
            shown[top] = text
    shown["VerificationMessageTemplate"] = texts
    days = shown["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    shown["AdminCreateUserConfig"] = {
        **shown["AdminCreateUserConfig"],
        "UnusedAccountValidityDays": days,
    }
    return {name: value for name, value in shown.items() if value is not None}


def without_ids(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description without what is made by the service."""
    made = {"Id", "Arn", "CreationDate", "LastModifiedDate", "SchemaAttributes"}
    return {name: value for name, value in description.items() if name not in made}


def request_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return members to send: a given None is something that is shown as absent."""
    return {name: value for name, value in given.items() if value is not None}


async def test_a_pool_made_from_its_name_shows_every_default(region: Region) -> None:
    description = await region.describe_pool(await region.create_pool())
    assert without_ids(description) == POOL_DEFAULTS
    assert description["Arn"].endswith(f":{ACCOUNT}:userpool/{description['Id']}")
    assert description["CreationDate"] == description["LastModifiedDate"]


@pytest.mark.parametrize("given", [*CHANGEABLE, *FIXED], ids="+".join)
async def test_what_a_pool_is_given_is_what_it_shows(region: Region, given: dict[str, Any]) -> None:
    pool = await region.create_pool(**request_of(given))
    assert without_ids(await region.describe_pool(pool)) == shows(given)


@pytest.mark.parametrize("given", CHANGEABLE, ids="+".join)
async def test_an_update_sets_and_the_next_one_resets(
    region: Region, given: dict[str, Any]
) -> None:
    pool = await region.create_pool()
    await region.update_pool(pool, **request_of(given))
    assert without_ids(await region.describe_pool(pool)) == shows(given)
    stays = {
        name: value
        for name, value in given.items()
        if name in {"UserPoolTier", "KeyConfiguration", "IssuerConfiguration"}
        or name in {"AcrConfiguration", "DcrConfiguration"}
    }
    await region.update_pool(pool)
    assert without_ids(await region.describe_pool(pool)) == shows(stays)


async def test_an_update_keeps_what_it_cannot_hold(region: Region) -> None:
    given: dict[str, Any] = {
        "AliasAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "Schema": [{"Name": "x", "AttributeDataType": "Number"}],
    }
    pool = await region.create_pool(**given)
    before = await region.describe_pool(pool)
    region.clock.advance(s=5)
    await region.update_pool(pool, PoolName="renamed")
    after = await region.describe_pool(pool)
    assert after["LastModifiedDate"] == before["LastModifiedDate"] + 5
    assert after == before | {"Name": "renamed", "LastModifiedDate": after["LastModifiedDate"]}


async def test_the_standard_attributes_come_first_and_in_order(region: Region) -> None:
    pool = await region.create_pool(
        Schema=[
            {"Name": "tall", "AttributeDataType": "Boolean"},
            {"Name": "email", "Required": True, "Mutable": False},
            {"Name": "age", "AttributeDataType": "Number", "Mutable": False},
            {"Name": "note", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
        ]
    )
    shown = (await region.describe_pool(pool))["SchemaAttributes"]
    assert [each["Name"] for each in shown] == [
        *STANDARD, "custom:tall", "custom:age", "dev:custom:note",
    ]  # fmt: skip
    by_name = {each["Name"]: each for each in shown}
    assert by_name["email"] == {
        "Name": "email",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": False,
        "Required": True,
        "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
    }
    assert by_name["custom:age"] == {
        "Name": "custom:age",
        "AttributeDataType": "Number",
        "DeveloperOnlyAttribute": False,
        "Mutable": False,
        "Required": False,
        "NumberAttributeConstraints": {},
    }


CLIENT_DEFAULTS: dict[str, Any] = {
    "ClientName": "c",
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
    "ClientType": "REGULAR",
}
CLIENT_MEMBERS: list[dict[str, Any]] = [
    {"RefreshTokenValidity": 10, "AccessTokenValidity": 30, "IdTokenValidity": 20,
     "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "hours", "RefreshToken": "days"}},
    {"ReadAttributes": ["email", "custom:x"], "WriteAttributes": ["email", "custom:x"]},
    {"ReadAttributes": []},
    {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
    {"SupportedIdentityProviders": ["COGNITO"]},
    {"CallbackURLs": ["https://a.example/cb", "myapp://cb", "http://localhost:3000/"],
     "LogoutURLs": ["https://a.example/out"], "DefaultRedirectURI": "myapp://cb",
     "AllowedOAuthFlows": ["code", "implicit"], "AllowedOAuthScopes": ["openid", "email"],
     "AllowedOAuthFlowsUserPoolClient": True},
    {"AnalyticsConfiguration": {"ApplicationArn": PINPOINT, "UserDataShared": True}},
    {"AnalyticsConfiguration": {"ApplicationId": "a1", "RoleArn": ROLE, "ExternalId": "x"}},
    {"PreventUserExistenceErrors": "ENABLED"},
    {"EnableTokenRevocation": False},
    {"AuthSessionValidity": 15},
    {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
     "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}},
]  # fmt: skip


def client_without_ids(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description without what is made by the service."""
    made = {"ClientId", "UserPoolId", "CreationDate", "LastModifiedDate"}
    return {name: value for name, value in description.items() if name not in made}


@pytest.mark.parametrize("given", [{}, *CLIENT_MEMBERS], ids="+".join)
async def test_what_a_client_is_given_is_what_it_shows_until_an_update_resets_it(
    region: Region, given: dict[str, Any]
) -> None:
    pool = await region.create_pool(Schema=[{"Name": "x", "AttributeDataType": "String"}])
    client = await region.create_client(pool, **given)
    assert client_without_ids(await region.describe_client(client)) == CLIENT_DEFAULTS | given
    await region.update_client(client)
    assert client_without_ids(await region.describe_client(client)) == CLIENT_DEFAULTS
    await region.update_client(client, **given)
    assert client_without_ids(await region.describe_client(client)) == CLIENT_DEFAULTS | given


async def test_a_secret_is_shown_and_outlives_updates(region: Region) -> None:
    pool = await region.create_pool()
    client = await region.create_client(
        pool, GenerateSecret=True, EnablePropagateAdditionalUserContextData=True
    )
    secret = (await region.describe_client(client))["ClientSecret"]
    assert len(secret) == 51
    updated = await region.update_client(client, ClientName="renamed")
    assert updated.secrets[0].value == secret
    assert (await region.describe_client(client))["ClientSecret"] == secret
    own = await region.create_client(pool, ClientSecret="x" * 24)
    assert (await region.describe_client(own))["ClientSecret"] == "x" * 24
