"""Users: what administrators do to them, and what they do themselves."""

from functools import partial

from tests.matrix.case import NO_POOL, case, has, nothing
from tests.matrix.pool_cases import IPE, RNF, a_group, no_pool, pool_only
from tests.matrix.world import World
from tests.sdk.support import PASSWORD, Json, an_email, attributes, tampered, unique

UNF = "UserNotFoundException"
NAE = "NotAuthorizedException"


def a_user(world: World) -> dict[str, Json]:
    """Name a confirmed user."""
    return {"UserPoolId": world.pool, "Username": world.user()}


def nobody(world: World) -> dict[str, Json]:
    """Name a user who does not exist."""
    return {"UserPoolId": world.pool, "Username": "nobody"}


def with_token(world: World) -> dict[str, Json]:
    """Carry an access token."""
    return {"AccessToken": world.token()}


def bad_token(_: World) -> dict[str, Json]:
    """Carry what is no access token."""
    return {"AccessToken": "not.a.token"}


def _member(world: World) -> dict[str, Json]:
    named = {**a_group(world), "Username": world.user()}
    world.admin.admin_add_user_to_group(**named)
    return named


def _no_member_group(world: World) -> dict[str, Json]:
    return {**a_user(world), "GroupName": "nobody"}


def _unconfirmed(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.pool, "Username": world.stranger_user()[0]}


def _provider(world: World) -> str:
    name = unique("idp")
    world.admin.create_identity_provider(
        UserPoolId=world.pool,
        ProviderName=name,
        ProviderType="OIDC",
        ProviderDetails=OIDC,
    )
    return name


OIDC = {
    "client_id": "client",
    "client_secret": "secret",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://issuer.example.com",
    "authorize_url": "https://issuer.example.com/authorize",
    "token_url": "https://issuer.example.com/token",
    "attributes_url": "https://issuer.example.com/userinfo",
    "jwks_uri": "https://issuer.example.com/jwks",
}


def _link(world: World) -> dict[str, Json]:
    return {
        "UserPoolId": world.pool,
        "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": world.user()},
        "SourceUser": {
            "ProviderName": _provider(world),
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": unique("subject"),
        },
    }


def _linked(world: World) -> dict[str, Json]:
    link = _link(world)
    world.admin.admin_link_provider_for_user(**link)
    return {"UserPoolId": world.pool, "User": link["SourceUser"]}


def _event(world: World) -> dict[str, Json]:
    name = world.user()
    world.tokens(name)
    found = world.admin.admin_list_user_auth_events(UserPoolId=world.pool, Username=name)
    return {
        "UserPoolId": world.pool,
        "Username": name,
        "EventId": found["AuthEvents"][0]["EventId"],
        "FeedbackValue": "Valid",
    }


# -- administrators

case("AdminAddUserToGroup", lambda w: {**a_group(w), "Username": w.user()}, _no_member_group, RNF,
     nothing)  # fmt: skip
case("AdminConfirmSignUp", _unconfirmed, a_user, NAE, nothing)
case("AdminCreateUser", lambda w: {**pool_only(w), "Username": unique(),
                                   "MessageAction": "SUPPRESS"},
     lambda w: {**a_user(w), "MessageAction": "SUPPRESS"}, "UsernameExistsException",
     lambda answer: answer["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD")  # fmt: skip
case("AdminDeleteUser", a_user, nobody, UNF, nothing)
case("AdminDeleteUserAttributes", lambda w: {**a_user(w), "UserAttributeNames": ["name"]},
     lambda w: {**a_user(w), "UserAttributeNames": ["custom:nothing"]}, IPE, nothing)  # fmt: skip
case("AdminDisableProviderForUser", _linked,
     lambda w: {**pool_only(w), "User": {"ProviderName": "Nobody", "ProviderAttributeName":
                "Cognito_Subject", "ProviderAttributeValue": "x"}}, UNF, nothing)  # fmt: skip
case("AdminDisableUser", a_user, nobody, UNF, nothing)
case("AdminEnableUser", a_user, nobody, UNF, nothing)
case("AdminGetUser", a_user, nobody, UNF, has("Username", "UserAttributes", "UserStatus"))
case("AdminGetUserAuthFactors", a_user, nobody, UNF,
     lambda answer: "PASSWORD" in answer["ConfiguredUserAuthFactors"])  # fmt: skip
case("AdminLinkProviderForUser", _link,
     lambda w: {**_link(w), "DestinationUser": {"ProviderName": "Cognito",
                                                "ProviderAttributeValue": "nobody"}}, UNF,
     nothing)  # fmt: skip
case("AdminListGroupsForUser",
     lambda w: {k: v for k, v in _member(w).items() if k != "GroupName"}, nobody, UNF,
     lambda answer: len(answer["Groups"]) == 1)  # fmt: skip
case("AdminListUserAuthEvents",
     lambda w: {k: v for k, v in _event(w).items() if k in {"UserPoolId", "Username"}}, nobody,
     UNF, lambda answer: bool(answer["AuthEvents"]))  # fmt: skip
case("AdminRemoveUserFromGroup", _member, _no_member_group, RNF, nothing)
case("AdminResetUserPassword", a_user, nobody, UNF, nothing)
case("AdminSetUserPassword", lambda w: {**a_user(w), "Password": "Another-Horse-8"},
     lambda w: {**a_user(w), "Password": "short1"}, "InvalidPasswordException",
     nothing)  # fmt: skip
case("AdminUpdateAuthEventFeedback", _event,
     lambda w: {**_event(w), "Username": "nobody"}, UNF, nothing)  # fmt: skip
case("AdminUpdateUserAttributes",
     lambda w: {**a_user(w), "UserAttributes": attributes({"name": "Ann"})},
     lambda w: {**a_user(w), "UserAttributes": attributes({"custom:nothing": "x"})}, IPE,
     nothing)  # fmt: skip
case("AdminUserGlobalSignOut", a_user, nobody, UNF, nothing)
case("ListUsers", lambda w: {**pool_only(w), "Filter": f'username = "{w.user()}"'},
     lambda w: {**pool_only(w), "Filter": "username"}, IPE,
     lambda answer: len(answer["Users"]) == 1)  # fmt: skip
case("ListUsersInGroup", lambda w: {k: v for k, v in _member(w).items() if k != "Username"},
     lambda w: {**pool_only(w), "GroupName": "nobody"}, RNF,
     lambda answer: len(answer["Users"]) == 1)  # fmt: skip


def _own_word(world: World) -> dict[str, Json]:
    event = _event(world)
    return {**event, "FeedbackToken": world.feedback_token(event["Username"], event["EventId"])}


def _another_event(world: World) -> dict[str, Json]:
    return {**_own_word(world), "EventId": "11111111-2222-4333-8444-555555555555"}


case("UpdateAuthEventFeedback", _own_word, _another_event, NAE, nothing,
     denied=lambda w: {**(told := _own_word(w)), "FeedbackToken":
                       tampered(told["FeedbackToken"])})  # fmt: skip


# -- sign-up and recovery


def _to_confirm(world: World) -> dict[str, Json]:
    name, email = world.stranger_user()
    code = world.inbox.code(email)
    return {"ClientId": world.client, "Username": name, "ConfirmationCode": code}


def _to_recover(world: World) -> dict[str, Json]:
    name = world.user()
    world.app.forgot_password(ClientId=world.client, Username=name)
    return {
        "ClientId": world.client,
        "Username": name,
        "ConfirmationCode": world.inbox.code(world.email_of(name)),
        "Password": "Recovered-Horse-9",
    }


def _wrong(members: dict[str, Json]) -> dict[str, Json]:
    code = members["ConfirmationCode"]
    return {**members, "ConfirmationCode": f"{(int(code) + 1) % 10**6:06d}"}


case("SignUp", lambda w: {"ClientId": w.client, "Username": unique(), "Password": PASSWORD},
     lambda w: {"ClientId": w.client, "Username": w.user(), "Password": PASSWORD},
     "UsernameExistsException", has("UserSub"))  # fmt: skip
case("ConfirmSignUp", _to_confirm, lambda w: _wrong(_to_confirm(w)), "CodeMismatchException",
     lambda _: True)  # fmt: skip
case("ResendConfirmationCode",
     lambda w: {"ClientId": w.client, "Username": w.stranger_user()[0]},
     lambda w: {"ClientId": w.client, "Username": w.user()}, IPE,
     has("CodeDeliveryDetails"))  # fmt: skip
case("ForgotPassword", lambda w: {"ClientId": w.client, "Username": w.user()},
     lambda w: {"ClientId": w.client, "Username": "nobody"}, UNF,
     has("CodeDeliveryDetails"))  # fmt: skip
case("ConfirmForgotPassword", _to_recover, lambda w: _wrong(_to_recover(w)),
     "CodeMismatchException", nothing)  # fmt: skip

# -- the user's own account


def _to_verify(world: World) -> dict[str, Json]:
    name = world.user()
    token = world.token(name)
    world.app.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = world.inbox.code(world.email_of(name))
    return {"AccessToken": token, "AttributeName": "email", "Code": code}


case("ChangePassword", lambda w: {**with_token(w), "PreviousPassword": PASSWORD,
                                  "ProposedPassword": "Changed-Horse-9"},
     lambda w: {**with_token(w), "PreviousPassword": "Wrong-Horse-9",
                "ProposedPassword": "Changed-Horse-9"}, NAE, nothing)  # fmt: skip
case("DeleteUser", with_token, bad_token, NAE, nothing)
case("DeleteUserAttributes", lambda w: {**with_token(w), "UserAttributeNames": ["name"]},
     lambda w: {**with_token(w), "UserAttributeNames": ["custom:nothing"]}, IPE,
     nothing)  # fmt: skip
case("GetUser", with_token, bad_token, NAE, has("Username", "UserAttributes"))
case("GetUserAttributeVerificationCode", lambda w: {**with_token(w), "AttributeName": "email"},
     lambda w: {**with_token(w), "AttributeName": "phone_number"}, IPE,
     has("CodeDeliveryDetails"))  # fmt: skip
case("GlobalSignOut", with_token, bad_token, NAE, nothing)
case("UpdateUserAttributes",
     lambda w: {**with_token(w), "UserAttributes": attributes({"email": an_email()})},
     lambda w: {**with_token(w), "UserAttributes": attributes({"email": "no address"})}, IPE,
     lambda answer: len(answer["CodeDeliveryDetailsList"]) == 1)  # fmt: skip
case("VerifyUserAttribute", _to_verify,
     lambda w: {**(told := _to_verify(w)), "Code": f"{(int(told['Code']) + 1) % 10**6:06d}"},
     "CodeMismatchException", nothing)  # fmt: skip

# -- import


def _job(world: World) -> dict[str, Json]:
    pool = world.a_pool(AutoVerifiedAttributes=["email"])
    made = world.admin.create_user_import_job(
        UserPoolId=pool, JobName="job", CloudWatchLogsRoleArn=ROLE
    )["UserImportJob"]
    world.jobs[made["JobId"]] = made["PreSignedUrl"]
    world.job_pools[made["JobId"]] = pool
    return {"UserPoolId": pool, "JobId": made["JobId"]}


def _await_quiet(world: World) -> None:
    """Wait for the jobs of other cases: an account has one under way at a time."""
    for job, pool in world.job_pools.items():
        world.wait_for(partial(_status, world, pool, job), _is_over)


def _status(world: World, pool: str, job: str) -> Json:
    found = world.admin.describe_user_import_job(UserPoolId=pool, JobId=job)
    return found["UserImportJob"]["Status"]


def _is_over(status: Json) -> bool:
    return status not in {"Pending", "InProgress", "Stopping"}


def _filled_job(world: World) -> dict[str, Json]:
    named = _job(world)
    header = world.admin.get_csv_header(UserPoolId=named["UserPoolId"])["CSVHeader"]
    values = {
        "cognito:username": "imported",
        "cognito:mfa_enabled": "false",
        "email": "imported@example.com",
        "email_verified": "true",
        "phone_number_verified": "false",
    }
    row = ",".join(values.get(name, "") for name in header)
    world.put(world.jobs[named["JobId"]], f"{','.join(header)}\n{row}\n".encode())
    _await_quiet(world)
    return named


def _started_job(world: World) -> dict[str, Json]:
    """Start a job that has a while to go."""
    named = _job(world)
    header = world.admin.get_csv_header(UserPoolId=named["UserPoolId"])["CSVHeader"]
    lines = [",".join(header)]
    for number in range(20_000):
        values = {
            "cognito:username": f"user{number}",
            "cognito:mfa_enabled": "false",
            "email": f"user{number}@example.com",
            "email_verified": "true",
            "phone_number_verified": "false",
        }
        lines.append(",".join(values.get(name, "") for name in header))
    world.put(world.jobs[named["JobId"]], "\n".join(lines).encode())
    _await_quiet(world)
    world.admin.start_user_import_job(**named)
    return named


def _unknown_job(world: World) -> dict[str, Json]:
    return {**pool_only(world), "JobId": "import-nosuchjob0"}


ROLE = "arn:aws:iam::123456789012:role/import"
case("CreateUserImportJob", lambda w: {"UserPoolId": w.a_pool(AutoVerifiedAttributes=["email"]),
                                       "JobName": "job", "CloudWatchLogsRoleArn": ROLE},
     lambda _: {"UserPoolId": NO_POOL, "JobName": "job", "CloudWatchLogsRoleArn": ROLE}, RNF,
     lambda answer: answer["UserImportJob"]["Status"] == "Created")  # fmt: skip
case("DescribeUserImportJob", _job, _unknown_job, RNF, has("UserImportJob"))
case("GetCSVHeader", pool_only, no_pool, RNF,
     lambda answer: "cognito:username" in answer["CSVHeader"])  # fmt: skip
case("ListUserImportJobs", lambda w: {"UserPoolId": _job(w)["UserPoolId"], "MaxResults": 5},
     lambda _: {"UserPoolId": NO_POOL, "MaxResults": 5}, RNF,
     lambda answer: len(answer["UserImportJobs"]) == 1)  # fmt: skip
case("StartUserImportJob", _filled_job, _job, "PreconditionNotMetException",
     has("UserImportJob"))  # fmt: skip
case("StopUserImportJob", _started_job, _job, "PreconditionNotMetException",
     lambda answer: answer["UserImportJob"]["Status"] in {"Stopping", "Stopped"})  # fmt: skip
