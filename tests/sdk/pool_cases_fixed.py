"""Settings that only the making of a pool can choose, or that an update leaves alone.

The form is that of `pool_cases`, which holds the rest.
"""

from typing import Final

from tests.sdk.pool_cases import (
    CHANGEABLE,
    KEY,
    LAMBDA,
    LEVELS,
    SCHEMA,
    SMS,
    STANDARD,
    custom,
    standard,
)
from tests.sdk.support import Json

# What only Create can set, or what Update leaves alone when it is omitted.
AT_CREATION: Final[dict[str, tuple[dict[str, Json], dict[str, Json]]]] = {
    "deletion protection": ({"DeletionProtection": "ACTIVE"}, {}),
    "the lower tier": ({"UserPoolTier": "LITE"}, {"AcrConfiguration": None}),
    "the upper tier": ({"UserPoolTier": "PLUS"}, {}),
    "threat protection": (
        {
            "UserPoolTier": "PLUS",
            "UserPoolAddOns": {
                "AdvancedSecurityMode": "ENFORCED",
                "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
            },
        },
        {},
    ),
    "newer tokens trigger": (
        {
            "LambdaConfig": {
                "PreTokenGenerationConfig": {
                    "LambdaVersion": "V3_0",
                    "LambdaArn": LAMBDA + "tokens",
                }
            }
        },
        {},
    ),
    "aliases": ({"AliasAttributes": ["phone_number", "email", "preferred_username"]}, {}),
    "sign-in by address": ({"UsernameAttributes": ["email"]}, {}),
    "sign-in by address or number": ({"UsernameAttributes": ["email", "phone_number"]}, {}),
    "case does not count": ({"UsernameConfiguration": {"CaseSensitive": False}}, {}),
    "case counts": ({"UsernameConfiguration": {"CaseSensitive": True}}, {}),
    "MFA by text message": ({"MfaConfiguration": "OPTIONAL", "SmsConfiguration": SMS}, {}),
    "MFA for everybody": ({"MfaConfiguration": "ON", "SmsConfiguration": SMS}, {}),
    "one level renamed": (
        {"AcrConfiguration": {"Level2": {"AcrValue": "silver"}}},
        {"AcrConfiguration": {**LEVELS, "Level2": {"AcrValue": "silver"}}},
    ),
    "issuer": ({"IssuerConfiguration": {"Type": "ORIGINAL"}}, {}),
    "keys": ({"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"}}, {}),
    "own key": (
        {"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY}},
        {},
    ),
    "a required attribute": (
        {"Schema": [{"Name": "email", "AttributeDataType": "String", "Required": True}]},
        {
            "SchemaAttributes": [
                standard("email", Required=True) if name == "email" else standard(name)
                for name in STANDARD
            ]
        },
    ),
    "an immutable standard attribute": (
        {
            "Schema": [
                {
                    "Name": "nickname",
                    "AttributeDataType": "String",
                    "Mutable": False,
                    "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "9"},
                }
            ]
        },
        {
            "SchemaAttributes": [
                standard(
                    "nickname",
                    Mutable=False,
                    StringAttributeConstraints={"MinLength": "2", "MaxLength": "9"},
                )
                if name == "nickname"
                else standard(name)
                for name in STANDARD
            ]
        },
    ),
    "attributes of one's own": (
        {
            "Schema": [
                {"Name": "text", "AttributeDataType": "String"},
                {
                    "Name": "short",
                    "AttributeDataType": "String",
                    "Mutable": False,
                    "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "5"},
                },
                {"Name": "count", "AttributeDataType": "Number"},
                {
                    "Name": "few",
                    "AttributeDataType": "Number",
                    "NumberAttributeConstraints": {"MinValue": "-1", "MaxValue": "3"},
                },
                {"Name": "flag", "AttributeDataType": "Boolean"},
                {"Name": "when", "AttributeDataType": "DateTime"},
                {"Name": "inner", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
            ]
        },
        {
            "SchemaAttributes": [
                *SCHEMA,
                custom("text", "String"),
                custom(
                    "short",
                    "String",
                    Mutable=False,
                    StringAttributeConstraints={"MinLength": "1", "MaxLength": "5"},
                ),
                custom("count", "Number"),
                custom(
                    "few",
                    "Number",
                    NumberAttributeConstraints={"MinValue": "-1", "MaxValue": "3"},
                ),
                custom("flag", "Boolean"),
                custom("when", "DateTime"),
                {
                    **custom("inner", "String"),
                    "Name": "dev:custom:inner",
                    "DeveloperOnlyAttribute": True,
                },
            ]
        },
    ),
}

CASES: Final = CHANGEABLE | AT_CREATION
