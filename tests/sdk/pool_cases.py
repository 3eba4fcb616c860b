"""Every setting of a pool: what the caller gives, and what the description shows beyond its echo.

Made from the table of settings; `None` means that a default is not shown.
"""

from typing import Final

from tests.sdk.support import Json

READ_ONLY: Final = {"Id", "Arn", "Name", "CreationDate", "LastModifiedDate"}
STANDARD: Final = [
    *("sub", "name", "given_name", "family_name", "middle_name", "nickname"),
    *("preferred_username", "profile", "picture", "website", "email", "email_verified"),
    *("gender", "birthdate", "zoneinfo", "locale", "phone_number"),
    *("phone_number_verified", "address", "updated_at"),
]
SPECIAL: Final[dict[str, dict[str, Json]]] = {
    "sub": {
        "Mutable": False,
        "Required": True,
        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
    },
    "birthdate": {"StringAttributeConstraints": {"MinLength": "10", "MaxLength": "10"}},
    "email_verified": {"AttributeDataType": "Boolean"},
    "phone_number_verified": {"AttributeDataType": "Boolean"},
    "updated_at": {
        "AttributeDataType": "Number",
        "NumberAttributeConstraints": {"MinValue": "0"},
    },
}


def standard(name: str, **changes: Json) -> dict[str, Json]:
    """Return a standard attribute as a description shows it."""
    special = SPECIAL.get(name, {})
    shown = {
        "Name": name,
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
        **special,
        **changes,
    }
    if shown["AttributeDataType"] == "String":
        bounds = {"MinLength": "0", "MaxLength": "2048"}
        shown.setdefault("StringAttributeConstraints", bounds)
    return shown


def custom(name: str, kind: str, **changes: Json) -> dict[str, Json]:
    """Return a custom attribute as a description shows it."""
    empty: dict[str, Json] = (
        {f"{kind}AttributeConstraints": {}} if kind in {"String", "Number"} else {}
    )
    return {
        "Name": f"custom:{name}",
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
        **empty,
        **changes,
    }


SCHEMA: Final = [standard(name) for name in STANDARD]
LEVELS: Final = {f"Level{n}": {"AcrValue": f"urn:cognito:loa:{n}"} for n in range(1, 5)}
POLICY: Final = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
NO_CLASSES: Final = {
    "RequireUppercase": False,
    "RequireLowercase": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
}
FACTORS: Final = {"AllowedFirstAuthFactors": ["PASSWORD"]}
INVITE: Final = {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7}
CODE: Final = {"DefaultEmailOption": "CONFIRM_WITH_CODE"}
DEFAULTS: Final[dict[str, Json]] = {
    "Policies": {"PasswordPolicy": POLICY, "SignInPolicy": FACTORS},
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {},
    "SchemaAttributes": SCHEMA,
    "VerificationMessageTemplate": CODE,
    "MfaConfiguration": "OFF",
    "EstimatedNumberOfUsers": 0,
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {},
    "AdminCreateUserConfig": INVITE,
    "UserPoolTier": "ESSENTIALS",
    "AcrConfiguration": LEVELS,
}
LAMBDA: Final = "arn:aws:lambda:us-east-1:123456789012:function:"
SES: Final = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
ROLE: Final = "arn:aws:iam::123456789012:role/sms"
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4123-8123-123456789012"
SMS: Final = {"SnsCallerArn": ROLE, "ExternalId": "external", "SnsRegion": "us-east-1"}
TEXT: Final = "Your code: {####}"
TRIGGERS: Final = [
    *("PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication"),
    *("PostAuthentication", "DefineAuthChallenge", "CreateAuthChallenge"),
    *("VerifyAuthChallengeResponse", "UserMigration"),
]

# name -> (given, shown beyond the echo). What Update can also set stands here.
CHANGEABLE: Final[dict[str, tuple[dict[str, Json], dict[str, Json]]]] = {
    "nothing": ({}, {}),
    "deletion protection off": ({"DeletionProtection": "INACTIVE"}, {}),
    "length of passwords": (
        {"Policies": {"PasswordPolicy": {"MinimumLength": 6}}},
        {
            "Policies": {
                "PasswordPolicy": {**POLICY, **NO_CLASSES, "MinimumLength": 6},
                "SignInPolicy": FACTORS,
            }
        },
    ),
    **{
        f"passwords: {rule}": (
            {"Policies": {"PasswordPolicy": {**POLICY, rule: False}}},
            {"Policies": {"PasswordPolicy": {**POLICY, rule: False}, "SignInPolicy": FACTORS}},
        )
        for rule in NO_CLASSES
    },
    "the longest password": (
        {"Policies": {"PasswordPolicy": {**POLICY, "MinimumLength": 99}}},
        {"Policies": {"PasswordPolicy": {**POLICY, "MinimumLength": 99}, "SignInPolicy": FACTORS}},
    ),
    "password history": (
        {"Policies": {"PasswordPolicy": {**POLICY, "PasswordHistorySize": 24}}},
        {
            "Policies": {
                "PasswordPolicy": {**POLICY, "PasswordHistorySize": 24},
                "SignInPolicy": FACTORS,
            }
        },
    ),
    "temporary passwords of a year": (
        {"Policies": {"PasswordPolicy": {**POLICY, "TemporaryPasswordValidityDays": 365}}},
        {
            "Policies": {
                "PasswordPolicy": {**POLICY, "TemporaryPasswordValidityDays": 365},
                "SignInPolicy": FACTORS,
            },
            "AdminCreateUserConfig": {**INVITE, "UnusedAccountValidityDays": 365},
        },
    ),
    "unused accounts of thirty days": (
        {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 30}},
        {
            "Policies": {
                "PasswordPolicy": {**POLICY, "TemporaryPasswordValidityDays": 30},
                "SignInPolicy": FACTORS,
            },
            "AdminCreateUserConfig": {**INVITE, "UnusedAccountValidityDays": 30},
        },
    ),
    "first factors": (
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
        {
            "Policies": {
                "PasswordPolicy": POLICY,
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
            }
        },
    ),
    **{f"trigger {name}": ({"LambdaConfig": {name: LAMBDA + name}}, {}) for name in TRIGGERS},
    "tokens trigger, old": (
        {"LambdaConfig": {"PreTokenGeneration": LAMBDA + "tokens"}},
        {
            "LambdaConfig": {
                "PreTokenGeneration": LAMBDA + "tokens",
            }
        },
    ),
    "tokens trigger, first version": (
        {
            "LambdaConfig": {
                "PreTokenGenerationConfig": {
                    "LambdaVersion": "V1_0",
                    "LambdaArn": LAMBDA + "tokens",
                }
            }
        },
        {
            "LambdaConfig": {
                "PreTokenGeneration": LAMBDA + "tokens",
                "PreTokenGenerationConfig": {
                    "LambdaVersion": "V1_0",
                    "LambdaArn": LAMBDA + "tokens",
                },
            }
        },
    ),
    "custom senders": (
        {
            "LambdaConfig": {
                "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA + "sms"},
                "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA + "mail"},
                "KMSKeyID": KEY,
            }
        },
        {},
    ),
    "verified addresses": ({"AutoVerifiedAttributes": ["email"]}, {}),
    "verified numbers": (
        {"AutoVerifiedAttributes": ["phone_number"], "SmsConfiguration": SMS},
        {},
    ),
    "text message": (
        {"SmsVerificationMessage": TEXT},
        {"VerificationMessageTemplate": {**CODE, "SmsMessage": TEXT}},
    ),
    "mail": (
        {"EmailVerificationMessage": TEXT, "EmailVerificationSubject": "Code"},
        {
            "VerificationMessageTemplate": {
                **CODE,
                "EmailMessage": TEXT,
                "EmailSubject": "Code",
            }
        },
    ),
    "templates": (
        {
            "VerificationMessageTemplate": {
                "SmsMessage": TEXT,
                "EmailMessage": TEXT,
                "EmailSubject": "Code",
                "EmailMessageByLink": "Click {##here##}",
                "EmailSubjectByLink": "Link",
                "DefaultEmailOption": "CONFIRM_WITH_LINK",
            }
        },
        {
            "SmsVerificationMessage": TEXT,
            "EmailVerificationMessage": TEXT,
            "EmailVerificationSubject": "Code",
        },
    ),
    "text message at sign-in": ({"SmsAuthenticationMessage": TEXT}, {}),
    "verification before update": (
        {
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        },
        {},
    ),
    "devices": (
        {
            "DeviceConfiguration": {
                "ChallengeRequiredOnNewDevice": True,
                "DeviceOnlyRememberedOnUserPrompt": True,
            }
        },
        {},
    ),
    "devices, by default": (
        {"DeviceConfiguration": {}},
        {
            "DeviceConfiguration": {
                "ChallengeRequiredOnNewDevice": False,
                "DeviceOnlyRememberedOnUserPrompt": False,
            }
        },
    ),
    "own sender": (
        {
            "EmailConfiguration": {
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": SES,
                "From": "Example <no-reply@example.com>",
                "ReplyToEmailAddress": "help@example.com",
                "ConfigurationSet": "set",
            }
        },
        {},
    ),
    "reply address": (
        {"EmailConfiguration": {"ReplyToEmailAddress": "help@example.com"}},
        {
            "EmailConfiguration": {
                "EmailSendingAccount": "COGNITO_DEFAULT",
                "ReplyToEmailAddress": "help@example.com",
            }
        },
    ),
    "text messages": ({"SmsConfiguration": SMS}, {}),
    "text messages, role alone": ({"SmsConfiguration": {"SnsCallerArn": ROLE}}, {}),
    "tags": ({"UserPoolTags": {"team": "blue", "empty": ""}}, {}),
    "administrators only": (
        {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}},
        {"AdminCreateUserConfig": {**INVITE, "AllowAdminCreateUserOnly": True}},
    ),
    "invitation": (
        {
            "AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": False,
                "InviteMessageTemplate": {
                    "SMSMessage": "{username} {####}",
                    "EmailMessage": "Welcome {username}, {####}",
                    "EmailSubject": "Welcome",
                },
            }
        },
        {
            "AdminCreateUserConfig": {
                **INVITE,
                "InviteMessageTemplate": {
                    "SMSMessage": "{username} {####}",
                    "EmailMessage": "Welcome {username}, {####}",
                    "EmailSubject": "Welcome",
                },
            }
        },
    ),
    "recovery": (
        {
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [
                    {"Priority": 1, "Name": "verified_email"},
                    {"Priority": 2, "Name": "verified_phone_number"},
                ]
            }
        },
        {},
    ),
    "recovery by administrators": (
        {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}},
        {},
    ),
}
