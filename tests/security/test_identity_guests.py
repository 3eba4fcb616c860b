"""What guests may: what their role and the limits of guests both allow, and nothing else.

docs/behaviours/identity-attacks.md.
"""

import re
from functools import cache
from typing import Any, Final

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.policies import policy_of
from poolkeep.core.iam.shipped import guest_limits
from poolkeep.wire.service import NAMES, Operation
from tests.behaviours.test_identity_credentials import with_roles
from tests.sdk.builders import App
from tests.sdk.iam import allow, document, refused, trust
from tests.sdk.identity import Place, login, unsigned
from tests.sdk.support import REGION, Wire, an_account, holds, unique
from tests.security.test_every_operation_is_decided import SIGNED
from tests.unit.wire import samples

DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied"})

MAY: Final = re.compile(
    r"cognito-(idp|identity|sync):.*"
    r"|kms:(Encrypt|Decrypt|ReEncrypt(From|To)?|GenerateDataKey(Pair)?(WithoutPlaintext)?)"
)
"""What guests may at most of the services that are here. Source: the developer guide's page on
IAM roles of identity pools, as of November 2026."""

BEYOND: Final = (
    "access-analyzer:ListAnalyzers", "account:GetContactInformation", "acm:ExportCertificate",
    "apigateway:GET", "appconfig:GetConfiguration", "athena:StartQueryExecution",
    "autoscaling:SetDesiredCapacity", "backup:DeleteBackupVault", "batch:SubmitJob",
    "bedrock:InvokeModel", "budgets:ModifyBudget", "ce:GetCostAndUsage",
    "cloudformation:CreateStack", "cloudfront:CreateInvalidation", "cloudtrail:StopLogging",
    "codebuild:StartBuild", "codecommit:GitPull", "codepipeline:StartPipelineExecution",
    "config:DeleteConfigurationRecorder", "connect:StartChatContact", "dax:GetItem",
    "dms:StartReplicationTask", "ec2:RunInstances", "ec2:DescribeInstances",
    "ec2:AuthorizeSecurityGroupIngress", "ecr:GetAuthorizationToken", "ecr:BatchGetImage",
    "ecs:RunTask", "ecs:ExecuteCommand", "eks:DescribeCluster", "elasticache:Connect",
    "elasticfilesystem:ClientMount", "elasticmapreduce:RunJobFlow", "es:ESHttpGet",
    "events:PutEvents", "events:PutRule", "fsx:DeleteFileSystem", "glacier:DeleteArchive",
    "glue:GetTable", "glue:StartJobRun", "guardduty:DeleteDetector", "iam:CreateUser",
    "iam:CreateAccessKey", "iam:PassRole", "iam:AttachRolePolicy", "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy", "iam:GetAccountAuthorizationDetails", "iam:CreateLoginProfile",
    "iam:ListUsers", "kafka:GetBootstrapBrokers", "kinesis:PutRecord", "kinesis:GetRecords",
    "kinesisvideo:GetMedia", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
    "kms:Sign", "kms:Verify", "kms:DescribeKey", "kms:GenerateMac", "kms:GenerateRandom",
    "kms:ListKeys", "kms:ImportKeyMaterial", "kms:EnableKey", "kms:DisableKey",
    "lakeformation:GetDataAccess", "lightsail:GetInstanceAccessDetails", "macie2:GetFindings",
    "mq:CreateUser", "neptune-db:connect", "organizations:LeaveOrganization",
    "quicksight:GetDashboardEmbedUrl", "ram:CreateResourceShare", "rds:DownloadDBLogFilePortion",
    "rds-db:connect", "redshift:GetClusterCredentials", "route53:ChangeResourceRecordSets",
    "sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:InvokeEndpointAsync", "secretsmanager:GetSecretValue", "secretsmanager:ListSecrets",
    "securityhub:GetFindings", "serverlessrepo:GetApplication", "servicecatalog:ProvisionProduct",
    "shield:DeleteSubscription", "signer:StartSigningJob", "ssm:GetParameter",
    "ssm:GetParametersByPath", "ssm:SendCommand", "ssm:StartSession", "sso:GetRoleCredentials",
    "states:StartExecution", "storagegateway:DeleteGateway", "sts:AssumeRole",
    "sts:GetFederationToken", "sts:GetSessionToken", "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession", "sts:GetServiceBearerToken", "sumerian:Login", "support:CreateCase",
    "textract:StartDocumentAnalysis", "textract:AnalyzeExpense", "transfer:CreateUser",
    "waf:DeleteWebACL", "wafv2:DeleteWebACL", "workmail:CreateUser", "workspaces:RebootWorkspaces",
    "xray:PutTraceSegments", "s3-object-lambda:GetObject", "s3express:CreateSession",
    "s3-outposts:GetObject", "dynamodbx:GetItem", "lambdax:InvokeFunction", "sqsx:SendMessage",
    "x:logs", "logsx:PutLogEvents",
)  # fmt: skip
"""What no guest may, whatever the role says."""

WITHIN: Final = (
    "appsync:GraphQL", "cloudwatch:PutMetricData", "codewhisperer:GenerateRecommendations",
    "cognito-identity:GetId", "cognito-idp:GetUser", "cognito-sync:UpdateRecords",
    "comprehend:DetectSentiment", "dynamodb:GetItem", "dynamodb:PutItem", "execute-api:Invoke",
    "firehose:PutRecord", "gamelift:CreateGameSession", "geo:GetMapTile",
    "geo:BatchEvaluateGeofences", "iot:Connect", "iot:Publish", "kinesisanalytics:ListApplications",
    "kms:Decrypt", "kms:Encrypt", "kms:ReEncryptTo", "kms:GenerateDataKeyWithoutPlaintext",
    "lambda:InvokeFunction", "lex:PostText", "logs:PutLogEvents", "machinelearning:Predict",
    "mobileanalytics:PutEvents", "mobiletargeting:UpdateEndpoint", "personalize:GetRecommendations",
    "polly:SynthesizeSpeech", "rekognition:DetectLabels", "rum:PutRumEvents", "s3:GetObject",
    "s3:PutObject", "sagemaker:InvokeEndpoint", "sdb:GetAttributes", "ses:SendEmail", "sns:Publish",
    "sqs:SendMessage", "sumerian:ViewRelease", "textract:AnalyzeDocument",
    "textract:DetectDocumentText", "transcribe:StartStreamTranscription", "translate:TranslateText",
)  # fmt: skip
"""What a guest may where the role allows it."""


@cache
def botocore_session() -> Any:
    return botocore.session.get_session()


GUEST: Final = Principal(
    account="123456789012",
    arn="arn:aws:sts::123456789012:assumed-role/r/CognitoIdentityCredentials",
    kind="role",
    role_arn="arn:aws:iam::123456789012:role/r",
)


def as_guest(action: str, *statements: dict[str, Any]) -> str:
    asked = Request(principal=GUEST, action=action, resource="arn:aws:x:::thing")
    role = policy_of(document(*statements))
    return decide(asked, Policies(identity=[role], guest=guest_limits())).effect


@holds("IDAT-02")
def test_no_role_lifts_the_limits_of_guests() -> None:
    assert len(BEYOND) > 100
    for action in BEYOND:
        assert as_guest(action, allow("*")) == "implicitDeny", action
        assert as_guest(action, allow(action)) == "implicitDeny", action
        assert as_guest(action.upper(), allow("*")) == "implicitDeny", action


@holds("IDAT-02")
def test_within_the_limits_the_role_decides() -> None:
    for action in WITHIN:
        assert as_guest(action, allow("*")) == "allowed", action
        assert as_guest(action, allow("other:*")) == "implicitDeny", action
        denied = {**allow(action), "Effect": "Deny"}
        assert as_guest(action, allow("*"), denied) == "explicitDeny", action


# -- over sockets


class Tries:
    """Credentials that try every signed operation there is."""

    def __init__(self, base_url: str, given: Any) -> None:
        self._base_url = base_url
        self._keys = given["Credentials"]

    def client(self, service: str) -> Any:
        """Return a client that lets anything through."""
        return botocore_session().create_client(
            service,
            aws_access_key_id=self._keys["AccessKeyId"],
            aws_secret_access_key=self._keys["SecretKey"],
            aws_session_token=self._keys["SessionToken"],
            region_name=REGION,
            endpoint_url=self._base_url,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )

    def denied(self) -> set[str]:
        """Return the actions that were denied."""
        clients = {service: self.client(service) for service in NAMES}
        return {f"{each.service}:{each.name}" for each in SIGNED if self._is_denied(clients, each)}

    def _is_denied(self, clients: dict[str, Any], operation: Operation) -> bool:
        shape = operation.input_shape
        said = samples.members(operation.table, shape, full=False) if operation.input else {}
        client = clients[operation.service]
        try:
            getattr(client, xform_name(operation.name))(**said)
        except ClientError as error:
            return error.response["Error"]["Code"] in DENIED
        return False


def a_guest(place: Place, *statements: dict[str, Any]) -> Tries:
    """Return the credentials of a guest whose role allows this."""
    pool_id = place.pool()
    role = place.role(pool_id, amr="unauthenticated")
    place.iam.put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=document(*statements)
    )
    with_roles(place, pool_id, unauthenticated=role)
    public = unsigned(place.base_url)
    who = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    return Tries(place.base_url, public.get_credentials_for_identity(IdentityId=who))


EVERY: Final = {f"{each.service}:{each.name}" for each in SIGNED}


@pytest.fixture
def place(server_url: str) -> Place:
    """Return an account of a test's own: what is allowed is done."""
    return Place(server_url, an_account())


@holds("IDAT-02")
def test_a_guest_whose_role_allows_everything(place: Place) -> None:
    guest = a_guest(place, allow("*"))
    denied = guest.denied()
    beyond = {name for name in EVERY if MAY.fullmatch(name) is None}
    assert len(beyond) > 90
    passes_a_role = {"cognito-idp:CreateUserImportJob"}
    assert denied == beyond | passes_a_role
    sts = guest.client("sts")
    assert sts.get_caller_identity()["Account"] == place.account
    with pytest.raises(ClientError):
        sts.get_session_token()


@holds("IDAT-02")
def test_a_guest_whose_role_allows_little(place: Place) -> None:
    little = {"cognito-idp:ListUserPools", "cognito-identity:ListIdentityPools"}
    guest = a_guest(place, allow(*little, "iam:ListRoles", "sts:GetAccessKeyInfo"))
    assert guest.denied() == EVERY - little


@holds("IDAT-02")
def test_a_guest_whose_role_allows_nothing(place: Place) -> None:
    assert a_guest(place, allow("s3:*")).denied() == EVERY


@holds("IDAT-02")
def test_a_guest_gets_no_more_by_asking_further(place: Place) -> None:
    """Neither by another role, nor by policies for the session, nor as somebody else."""
    guest = a_guest(place, allow("*"))
    everybody = trust({"AWS": place.account})
    role = place.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=everybody)
    sts, iam = guest.client("sts"), guest.client("iam")
    for policy in ({}, {"Policy": document(allow("*"))}):
        with refused("AccessDenied"):
            sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="more", **policy)
        with refused("AccessDenied"):
            sts.get_federation_token(Name="more", **policy)
    with refused("AccessDenied"):
        iam.create_access_key(UserName="root")
    with refused("AccessDenied"):
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(allow("*")))
    with refused("NotAuthorizedException"):  # to pass a role is of IAM
        guest.client("cognito-identity").set_identity_pool_roles(
            IdentityPoolId=place.pool(), Roles={"unauthenticated": role["Role"]["Arn"]}
        )


@holds("IDAT-16")
def test_a_user_has_what_the_role_says_and_nothing_else(wire: Wire, app: App) -> None:
    """Over-privilege: the role for users is not limited, so nothing but its policies counts."""
    mine = Place(wire.base_url, wire.account)
    pool_id = mine.pool_for(app)
    role = mine.role(pool_id, "iam:ListRoles", "cognito-identity:Describe*", amr="authenticated")
    with_roles(mine, pool_id, authenticated=role)
    public, logins = unsigned(wire.base_url), login(app)
    who = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    given = public.get_credentials_for_identity(IdentityId=who, Logins=logins)
    described = {each for each in EVERY if each.startswith("cognito-identity:Describe")}
    assert Tries(wire.base_url, given).denied() == EVERY - {"iam:ListRoles"} - described
