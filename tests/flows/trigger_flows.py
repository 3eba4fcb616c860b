"""Flows through a pool whose every trigger is recorded: what a caller does, step by step."""

import copy
import dataclasses
import queue
from collections.abc import Callable
from typing import Final

from tests.behaviours.factors import SMS, a_person, answer, set_mfa
from tests.flows.functions import Stage
from tests.sdk.builders import EVERY_FLOW, SMS_ROLE, App, a_pool, an_app, result_of
from tests.sdk.devices import TRACKED, confirmed, password_step, signed_in
from tests.sdk.support import PASSWORD, Json, a_phone, an_email, attributes, refused, unique

TRIGGERS: Final = (
    *("PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication"),
    *("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"),
    *("PreTokenGeneration", "UserMigration"),
)
METADATA: Final = {"campaign": "spring"}
ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:recorder"
FRESH: Final = "Another-Horse-7"
HIDING: Final = {"PreventUserExistenceErrors": "ENABLED"}
EVENT_S: Final = 20
QUIET_S: Final = 0.3


@dataclasses.dataclass
class Recorder:
    """A function for every trigger: it keeps a copy of each event, and answers well."""

    answers: dict[str, dict[str, Json]] = dataclasses.field(default_factory=dict)
    events: list[Json] = dataclasses.field(default_factory=list)
    _arrived: "queue.Queue[Json]" = dataclasses.field(default_factory=queue.Queue)

    def __call__(self, event: Json) -> Json:
        """Answer an event."""
        self.events.append(copy.deepcopy(event))
        self._arrived.put(event)
        source = event["triggerSource"].partition("_")[0]
        event["response"].update(self.answers.get(source, _usual(source, event)))
        return event

    def next(self) -> Json:
        """Wait for an event and return it."""
        return self._arrived.get(timeout=EVENT_S)

    def is_quiet(self) -> bool:
        """Tell whether no event comes for a while."""
        try:
            self._arrived.get(timeout=QUIET_S)
        except queue.Empty:
            return True
        return False

    @property
    def sources(self) -> list[str]:
        """The sources of the events, in order."""
        return [event["triggerSource"] for event in self.events]

    def forget(self) -> None:
        """Begin anew."""
        self.events.clear()
        self._arrived = queue.Queue()


def _usual(source: str, event: Json) -> dict[str, Json]:
    match source:
        case "DefineAuthChallenge":
            done = event["request"]["session"]
            return {"issueTokens": True} if done else {"challengeName": "CUSTOM_CHALLENGE"}
        case "CreateAuthChallenge":
            return {
                "publicChallengeParameters": {"question": "1 + 1"},
                "privateChallengeParameters": {"answer": "2"},
                "challengeMetadata": "SUM",
            }
        case "VerifyAuthChallengeResponse":
            request = event["request"]
            right = request["privateChallengeParameters"].get("answer")
            return {"answerCorrect": request["challengeAnswer"] == right}
        case "UserMigration":
            user = {"email": an_email(), "email_verified": "true"}
            return {
                "userAttributes": user,
                "finalUserStatus": "CONFIRMED",
                "messageAction": "SUPPRESS",
            }
        case _:
            return {}


@dataclasses.dataclass(frozen=True)
class Recorded:
    """An app whose pool calls the recorder for everything."""

    app: App
    recorder: Recorder

    def user(self, **values: str) -> str:
        """Make a confirmed user, of whom no function is told."""
        name = self.app.user("", **values)
        self.recorder.forget()
        return name

    def signed_up(self) -> tuple[str, str]:
        """Return name and address of somebody who has just signed up, forgotten by functions."""
        name, email = unique(), an_email()
        self.app.sign_up(name, email=email)
        self.recorder.forget()
        return name, email

    def code(self, to: str) -> str:
        """Return the newest code."""
        return self.app.wire.code(to)


def recorded(
    stage: Stage, client: dict[str, Json] | None = None, /, version: str = "2", **pool: Json
) -> Recorded:
    """Return a fresh pool whose every trigger is recorded; `pool` replaces settings."""
    recorder = Recorder()
    arn = f"{ARN}-{unique()}"
    stage.triggers.register(arn, recorder)
    config: dict[str, Json] = dict.fromkeys(TRIGGERS, arn)
    if version != "1":
        del config["PreTokenGeneration"]
        token = {"LambdaArn": arn, "LambdaVersion": f"V{version}_0"}
        config["PreTokenGenerationConfig"] = token
    settings = {
        "LambdaConfig": config,
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": SMS_ROLE,
        **pool,
    }
    return Recorded(an_app(stage.wire, a_pool(stage.wire, **settings), **(client or {})), recorder)


def sign_up(one: Recorded) -> None:
    """A sign-up with everything that it may bring."""
    one.app.call(
        "SignUp",
        unique(),
        Password=PASSWORD,
        UserAttributes=attributes({"email": an_email(), "name": "Ann"}),
        ValidationData=attributes({"proof": "17"}),
        ClientMetadata=METADATA,
    )


def bare_sign_up(one: Recorded) -> None:
    """A sign-up with nothing but an address."""
    one.app.sign_up(unique(), email=an_email())


def confirmed_sign_up(one: Recorded) -> None:
    """A sign-up that PreSignUp confirms."""
    one.recorder.answers["PreSignUp"] = {"autoConfirmUser": True, "autoVerifyEmail": True}
    one.app.call(
        "SignUp",
        unique(),
        Password=PASSWORD,
        UserAttributes=attributes({"email": an_email()}),
        ClientMetadata=METADATA,
    )


def resend(one: Recorded) -> None:
    """Another code for a sign-up."""
    name, _ = one.signed_up()
    one.app.call("ResendConfirmationCode", name, ClientMetadata=METADATA)


def confirm(one: Recorded) -> None:
    """A confirmation by code."""
    name, email = one.signed_up()
    one.app.call("ConfirmSignUp", name, ConfirmationCode=one.code(email), ClientMetadata=METADATA)


def admin_confirm(one: Recorded) -> None:
    """A confirmation by an administrator."""
    name, _ = one.signed_up()
    one.app.admin("AdminConfirmSignUp", name, ClientMetadata=METADATA)


def admin_create(one: Recorded) -> None:
    """An administrator's user, who is invited by e-mail."""
    one.app.admin(
        "AdminCreateUser",
        unique(),
        UserAttributes=attributes({"email": an_email(), "email_verified": "true"}),
        ValidationData=attributes({"proof": "17"}),
        DesiredDeliveryMediums=["EMAIL"],
        ClientMetadata=METADATA,
    )


def admin_create_again(one: Recorded) -> None:
    """An invitation that is sent again."""
    name = one.app.temporary_user("", UserAttributes=attributes({"email": an_email()}))
    one.recorder.forget()
    one.app.admin("AdminCreateUser", name, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])


def admin_create_quietly(one: Recorded) -> None:
    """An administrator's user whom nobody invites."""
    one.app.temporary_user()


def forgot_password(one: Recorded) -> None:
    """A forgotten password."""
    name = one.user(email=an_email(), email_verified="true")
    one.app.call("ForgotPassword", name, ClientMetadata=METADATA)


def forgot_password_elsewhere(one: Recorded) -> None:
    """A forgotten password of somebody whom the function brings over."""
    one.app.call("ForgotPassword", unique(), ClientMetadata=METADATA)


def admin_reset(one: Recorded) -> None:
    """A password that an administrator resets."""
    name = one.user(email=an_email(), email_verified="true")
    one.app.admin("AdminResetUserPassword", name, ClientMetadata=METADATA)


def confirm_forgot_password(one: Recorded) -> None:
    """A new password by code."""
    email = an_email()
    name = one.user(email=email, email_verified="true")
    one.app.call("ForgotPassword", name)
    code = one.code(email)
    one.recorder.forget()
    one.app.call(
        "ConfirmForgotPassword",
        name,
        ConfirmationCode=code,
        Password=FRESH,
        ClientMetadata=METADATA,
    )


def update_attributes(one: Recorded) -> None:
    """A new address, by its user."""
    token = one.app.sign_in(one.user())["AccessToken"]
    one.recorder.forget()
    one.app.wire.call(
        "UpdateUserAttributes",
        AccessToken=token,
        UserAttributes=attributes({"email": an_email()}),
        ClientMetadata=METADATA,
    )


def admin_update_attributes(one: Recorded) -> None:
    """A new address, by an administrator."""
    one.app.admin(
        "AdminUpdateUserAttributes",
        one.user(),
        UserAttributes=attributes({"email": an_email()}),
        ClientMetadata=METADATA,
    )


def verify_attribute(one: Recorded) -> None:
    """A code for an address that was not verified."""
    token = one.app.sign_in(one.user(email=an_email()))["AccessToken"]
    one.recorder.forget()
    one.app.wire.call(
        "GetUserAttributeVerificationCode",
        AccessToken=token,
        AttributeName="email",
        ClientMetadata=METADATA,
    )


def sign_in(one: Recorded) -> None:
    """A sign-in by password, which says something to the functions."""
    name = one.user(email=an_email(), email_verified="true")
    one.app.wire.call(
        "InitiateAuth",
        ClientId=one.app.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        ClientMetadata=METADATA,
    )


def admin_sign_in(one: Recorded) -> None:
    """A sign-in by an administrator's call."""
    name = one.user()
    result_of(one.app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD))


def srp_sign_in(one: Recorded) -> None:
    """A sign-in by SRP."""
    result_of(one.app.srp_step(one.user()))


def chosen_sign_in(one: Recorded) -> None:
    """A sign-in by choice, with the password in the first call."""
    given = {"USERNAME": one.user(), "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    result_of(one.app.initiate("USER_AUTH", **given))


def sign_in_from_elsewhere(one: Recorded) -> None:
    """A sign-in of somebody whom the function brings over."""
    one.app.wire.call(
        "InitiateAuth",
        ClientId=one.app.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": unique(), "PASSWORD": PASSWORD},
        ClientMetadata=METADATA,
    )


def sign_in_of_nobody(one: Recorded) -> None:
    """A sign-in of nobody, where the client hides who exists."""
    one.recorder.answers["UserMigration"] = {}
    with refused("NotAuthorizedException"):
        one.app.sign_in(unique())


def custom_sign_in(one: Recorded) -> None:
    """A sign-in by questions of the functions' own."""
    asked = one.app.wire.call(
        "InitiateAuth",
        ClientId=one.app.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": one.user()},
        ClientMetadata={"lost": "here"},
    )
    one.app.wire.call(
        "RespondToAuthChallenge",
        ClientId=one.app.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": asked["ChallengeParameters"]["USERNAME"], "ANSWER": "2"},
        ClientMetadata=METADATA,
    )


def custom_sign_in_of_nobody(one: Recorded) -> None:
    """A custom sign-in of nobody, where the client hides who exists."""
    asked = one.app.initiate("CUSTOM_AUTH", USERNAME=unique())
    named = asked["ChallengeParameters"]["USERNAME"]
    with refused("NotAuthorizedException"):
        one.app.respond("CUSTOM_CHALLENGE", asked["Session"], USERNAME=named, ANSWER="2")


def new_password(one: Recorded) -> None:
    """A first sign-in with a temporary password."""
    name = one.app.temporary_user()
    one.recorder.forget()
    asked = one.app.password_step(name)
    result_of(
        one.app.respond(
            "NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=name, NEW_PASSWORD=FRESH
        )
    )


def second_factor(one: Recorded) -> None:
    """A sign-in with a code by SMS."""
    set_mfa(one.app, "OPTIONAL", SMS)
    person = a_person(one.app, SMS)
    one.recorder.forget()
    asked = one.app.password_step(person.name)
    result_of(answer(one.app, asked, person.name, person.code(one.app.wire, SMS)))


def remembered_device(one: Recorded) -> None:
    """A sign-in from a device that the pool remembers."""
    described = one.app.wire.call("DescribeUserPool", UserPoolId=one.app.pool_id)["UserPool"]
    functions = {"LambdaConfig": described["LambdaConfig"]}
    one.app.wire.call("UpdateUserPool", UserPoolId=one.app.pool_id, **functions, **TRACKED)
    name = one.user()
    device, _ = confirmed(one.app, name)
    one.recorder.forget()
    signed_in(device.prove(one.app, password_step(one.app, name, device)))


def refresh(one: Recorded) -> None:
    """A refresh by REFRESH_TOKEN_AUTH."""
    token = one.app.sign_in(one.user())["RefreshToken"]
    one.recorder.forget()
    one.app.refresh(token)


def refresh_by_operation(one: Recorded) -> None:
    """A refresh by GetTokensFromRefreshToken."""
    token = one.app.sign_in(one.user())["RefreshToken"]
    one.recorder.forget()
    one.app.wire.call(
        "GetTokensFromRefreshToken",
        ClientId=one.app.client_id,
        RefreshToken=token,
        ClientMetadata=METADATA,
    )


def machine(one: Recorded) -> None:
    """A token of a machine."""
    server = {
        "Identifier": "api.example",
        "Name": "API",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "read"}],
    }
    one.app.wire.call("CreateResourceServer", UserPoolId=one.app.pool_id, **server)
    client = one.app.another_client(
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
        GenerateSecret=True,
        AllowedOAuthScopes=["api.example/read"],
    )
    one.app.wire.call(
        "GetClientToken",
        ClientId=client.client_id,
        Secret=client.secret,
        Scopes=["api.example/read"],
        ClientMetadata=METADATA,
    )


CHOICE: Final = {"ExplicitAuthFlows": [*EVERY_FLOW, "ALLOW_USER_AUTH"]}
PRE_AUTH: Final = "PreAuthentication_Authentication"
AFTER: Final = ["PostAuthentication_Authentication", "TokenGeneration_Authentication"]
DEFINE, CREATE, VERIFY = (
    f"{name}_Authentication"
    for name in ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
)


@dataclasses.dataclass(frozen=True)
class Flow:
    """What is done, and which functions are asked, in order."""

    act: Callable[[Recorded], None]
    sources: list[str]
    client: dict[str, Json] = dataclasses.field(default_factory=dict)
    pool: dict[str, Json] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The golden file's name."""
        return self.act.__name__


FLOWS: Final = (
    Flow(sign_up, ["PreSignUp_SignUp", "CustomMessage_SignUp"]),
    Flow(bare_sign_up, ["PreSignUp_SignUp", "CustomMessage_SignUp"]),
    Flow(confirmed_sign_up, ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]),
    Flow(resend, ["CustomMessage_ResendCode"]),
    Flow(confirm, ["PostConfirmation_ConfirmSignUp"]),
    Flow(admin_confirm, ["PostConfirmation_ConfirmSignUp"]),
    Flow(admin_create, ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]),
    Flow(admin_create_again, ["CustomMessage_AdminCreateUser"]),
    Flow(admin_create_quietly, ["PreSignUp_AdminCreateUser"]),
    Flow(forgot_password, ["CustomMessage_ForgotPassword"]),
    Flow(
        forgot_password_elsewhere, ["UserMigration_ForgotPassword", "CustomMessage_ForgotPassword"]
    ),
    Flow(admin_reset, ["CustomMessage_ForgotPassword"]),
    Flow(confirm_forgot_password, ["PostConfirmation_ConfirmForgotPassword"]),
    Flow(update_attributes, ["CustomMessage_UpdateUserAttribute"]),
    Flow(admin_update_attributes, ["CustomMessage_UpdateUserAttribute"]),
    Flow(verify_attribute, ["CustomMessage_VerifyUserAttribute"]),
    Flow(sign_in, [PRE_AUTH, *AFTER]),
    Flow(admin_sign_in, [PRE_AUTH, *AFTER]),
    Flow(srp_sign_in, [PRE_AUTH, *AFTER]),
    Flow(chosen_sign_in, [PRE_AUTH, *AFTER], client=CHOICE),
    Flow(sign_in_from_elsewhere, ["UserMigration_Authentication", PRE_AUTH, *AFTER]),
    Flow(sign_in_of_nobody, ["UserMigration_Authentication", PRE_AUTH], client=HIDING),
    Flow(custom_sign_in, [PRE_AUTH, DEFINE, CREATE, VERIFY, DEFINE, *AFTER]),
    Flow(custom_sign_in_of_nobody, [PRE_AUTH, DEFINE, CREATE, VERIFY, DEFINE], client=HIDING),
    Flow(
        new_password,
        [PRE_AUTH, AFTER[0], "TokenGeneration_NewPasswordChallenge"],
    ),
    Flow(second_factor, [PRE_AUTH, "CustomMessage_Authentication", *AFTER]),
    Flow(remembered_device, [PRE_AUTH, AFTER[0], "TokenGeneration_AuthenticateDevice"]),
    Flow(refresh, ["TokenGeneration_RefreshTokens"]),
    Flow(refresh_by_operation, ["TokenGeneration_RefreshTokens"]),
    Flow(machine, ["TokenGeneration_ClientCredentials"], pool={"version": "3"}),
)


def by_address(one: Recorded) -> None:
    """A sign-up in a pool whose users are their addresses."""
    one.app.sign_up(an_email())


def by_alias(one: Recorded) -> None:
    """A sign-up in a pool whose users may sign in by address."""
    one.app.sign_up(unique(), email=an_email(), phone_number=a_phone())


def first_version(one: Recorded) -> None:
    """A sign-in whose pre-token function is of version 1; the user is in a group."""
    group = {"GroupName": "staff", "RoleArn": "arn:aws:iam::123456789012:role/staff"}
    one.app.wire.call("CreateGroup", UserPoolId=one.app.pool_id, Precedence=1, **group)
    name = one.user()
    one.app.admin("AdminAddUserToGroup", name, GroupName="staff")
    one.app.sign_in(name)


MORE: Final = (
    Flow(
        by_address,
        ["PreSignUp_SignUp", "CustomMessage_SignUp"],
        pool={"UsernameAttributes": ["email"]},
    ),
    Flow(
        by_alias,
        ["PreSignUp_SignUp", "CustomMessage_SignUp"],
        pool={"AliasAttributes": ["email", "phone_number"]},
    ),
    Flow(first_version, [PRE_AUTH, *AFTER], pool={"version": "1"}),
)
