"""The managed policies that come with us, under AWS's names; and what limits guests.

Source: docs/behaviours/iam.md.
"""

import json
from typing import Any, Final

from poolkeep.core.iam.model import AWS, ManagedPolicy, PolicyVersion, compiled
from poolkeep.core.iam.policies import Policy

MADE_MS: Final = 1_422_748_800_000
"""2015-02-01, a day before which nobody has asked for them."""


def _allow(*actions: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  as JSON has them
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def _passing(service: str) -> dict[str, Any]:
    condition = {"StringEquals": {"iam:PassedToService": [service]}}
    return _allow("iam:PassRole", Condition=condition)


_GUEST_SESSIONS: Final = (
    "rum:PutRumEvents",
    "sagemaker:InvokeEndpoint",
    "polly:*", "comprehend:*", "translate:*", "transcribe:*", "rekognition:*",
    "mobiletargeting:*", "firehose:*", "personalize:*",
    "geo:GetMap*", "geo:SearchPlaceIndex*", "geo:GetPlace", "geo:CalculateRoute*",
    "geo:*Geofence", "geo:*Geofences", "geo:*DevicePosition*",
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom",
    "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext",
)  # fmt: skip

_GUESTS: Final = (
    "firehose:*", "kinesisanalytics:*", "sqs:*", "sumerian:View*", "mobileanalytics:*",
    "mobiletargeting:*", "ses:*", "lambda:*",
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
    "dynamodb:*", "sdb:*", "appsync:*", "geo:*", "sns:*", "gamelift:*", "iot:*",
    "codewhisperer:*", "comprehend:*", "lex:*", "machinelearning:*", "personalize:*", "polly:*",
    "rekognition:*", "sagemaker:InvokeEndpoint",
    "textract:DetectDocumentText", "textract:AnalyzeDocument",
    "transcribe:*", "translate:*", "cloudwatch:*", "logs:*", "execute-api:*",
    "cognito-identity:*", "cognito-idp:*", "cognito-sync:*", "s3:*",
)  # fmt: skip

GUEST_ACTIONS: Final = tuple(dict.fromkeys((*_GUESTS, "rum:PutRumEvents")))
"""What guests may at most in one list: all else of their managed policy is among `_GUESTS`."""

_DOCUMENTS: Final[dict[str, tuple[str, str, list[dict[str, Any]]]]] = {
    "AdministratorAccess": ("/", "Provides full access to everything.", [_allow("*")]),
    "AmazonCognitoPowerUser": (
        "/",
        "Provides access to everything of Cognito.",
        [
            _allow(
                "cognito-identity:*", "cognito-idp:*", "cognito-sync:*",
                "iam:ListRoles", "iam:ListOpenIdConnectProviders", "iam:GetRole",
                "iam:ListSAMLProviders", "iam:GetSAMLProvider", "kinesis:ListStreams",
                "lambda:GetPolicy", "lambda:ListFunctions", "sns:GetSMSSandboxAccountStatus",
                "sns:ListPlatformApplications", "ses:ListIdentities",
                "ses:GetIdentityVerificationAttributes", "mobiletargeting:GetApps",
                "acm:ListCertificates",
            ),
            _passing("cognito-idp.amazonaws.com"),
        ],
    ),
    "AmazonCognitoReadOnly": (
        "/",
        "Provides a look at everything of Cognito.",
        [
            _allow(
                "cognito-identity:Describe*", "cognito-identity:Get*", "cognito-identity:List*",
                "cognito-idp:Describe*", "cognito-idp:AdminGet*", "cognito-idp:AdminList*",
                "cognito-idp:List*", "cognito-idp:Get*",
                "cognito-sync:Describe*", "cognito-sync:Get*", "cognito-sync:List*",
                "iam:ListOpenIdConnectProviders", "iam:ListRoles",
                "sns:ListPlatformApplications",
            )
        ],
    ),
    "AmazonCognitoUnAuthedIdentitiesSessionPolicy": (
        "/",
        "Limits the sessions of guests.",
        [_allow(*_GUEST_SESSIONS)],
    ),
    "AmazonCognitoUnauthenticatedIdentities": (
        "/",
        "What guests could once do beyond their inline limits.",
        [_allow("rum:PutRumEvents")],
    ),
    "AWSLambdaBasicExecutionRole": (
        "/service-role/",
        "Lets a function write its log.",
        [_allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")],
    ),
}  # fmt: skip


def _text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _shipped() -> dict[str, ManagedPolicy]:
    found = {}
    for number, (name, (path, description, statements)) in enumerate(_DOCUMENTS.items(), 1):
        policy = ManagedPolicy(
            account=AWS,
            name=name,
            id=f"ANPAPOOLKEEPSHIPPED{'ABCDEFGH'[number]}{number + 1}",
            path=path,
            created_ms=MADE_MS,
            updated_ms=MADE_MS,
            versions=(PolicyVersion(id="v1", text=_text(statements), created_ms=MADE_MS),),
            default="v1",
            next_version=2,
            description=description,
        )
        found[policy.arn] = policy
    return found


SHIPPED: Final = _shipped()
"""Every policy that ships, by its ARN."""

_SESSIONS: Final = "arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy"


def guest_limits() -> tuple[Policy, ...]:
    """Return what guests of the enhanced flow may do at most, whatever their role allows."""
    inline = compiled(_text([_allow(*_GUESTS)]), "identity", "guest limits")
    return (inline, SHIPPED[_SESSIONS].policy)


def everything() -> tuple[Policy, ...]:
    """Return what the root of an account may do."""
    return (SHIPPED["arn:aws:iam::aws:policy/AdministratorAccess"].policy,)
