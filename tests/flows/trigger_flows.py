"""What a caller does, step by step, in pools whose every trigger is recorded."""

from tests.behaviours.factors import SMS, a_person, answer, set_mfa
from tests.flows.trigger_stage import FRESH, METADATA, Recorded
from tests.sdk.builders import result_of
from tests.sdk.devices import TRACKED, confirmed, password_step, signed_in
from tests.sdk.support import PASSWORD, a_phone, an_email, attributes, refused, unique


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
