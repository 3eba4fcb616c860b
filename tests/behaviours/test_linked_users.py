"""Linked users: docs/behaviours/linked-users.md."""

import json
from typing import Final

import pytest

from tests.behaviours.wording import NO_USER
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.support import (
    PASSWORD,
    Json,
    Wire,
    attribute_map,
    attributes,
    claims_of,
    holds,
    race,
    refused,
    unique,
)

SUBJECT: Final = "Cognito_Subject"
OIDC: Final = {
    "client_id": "app",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://issuer.example.com",
}
LINKED: Final = (
    "InvalidParameterException",
    "SourceUser is already linked to DestinationUser",
)
WRONG: Final = ("NotAuthorizedException", "Incorrect username or password.")


def provider(wire: Wire, pool_id: str, name: str = "") -> str:
    chosen = name or unique("idp")
    wire.call(
        "CreateIdentityProvider",
        UserPoolId=pool_id,
        ProviderName=chosen,
        ProviderType="OIDC",
        ProviderDetails=OIDC,
        AttributeMapping={"email": "email", "name": "name"},
    )
    return chosen


@pytest.fixture(scope="module")
def idp(wire: Wire, app: App) -> str:
    return provider(wire, app.pool_id)


def named(provider_name: str, value: str, attribute: str = SUBJECT) -> dict[str, str]:
    return {
        "ProviderName": provider_name,
        "ProviderAttributeName": attribute,
        "ProviderAttributeValue": value,
    }


def link(app: App, user: str, source: dict[str, str]) -> None:
    app.wire.call(
        "AdminLinkProviderForUser",
        UserPoolId=app.pool_id,
        DestinationUser=named("Cognito", user),
        SourceUser=source,
    )


def disable(app: App, user: dict[str, str]) -> None:
    app.wire.call("AdminDisableProviderForUser", UserPoolId=app.pool_id, User=user)


def identities(app: App, user: str) -> list[dict[str, Json]]:
    listed = attribute_map(app.admin("AdminGetUser", user)["UserAttributes"])
    found: list[dict[str, Json]] = json.loads(listed.get("identities", "[]"))
    return found


@holds("LINK-01", "LINK-02", "LINK-11")
def test_a_linked_identity_is_told(app: App, idp: str) -> None:
    user, subject = app.user(), unique("subject")
    before = app.sign_in(user)
    link(app, user, named(idp, subject))
    (told,) = identities(app, user)
    made = told.pop("dateCreated")
    assert isinstance(made, int)
    assert told == {
        "userId": subject,
        "providerName": idp,
        "providerType": "OIDC",
        "issuer": None,
        "primary": False,
    }
    own = app.wire.call("GetUser", AccessToken=before["AccessToken"])
    text = attribute_map(own["UserAttributes"])["identities"]
    assert text.startswith(f'[{{"userId":"{subject}","providerName":"{idp}",')
    (claim,) = claims_of(app.sign_in(user)["IdToken"])["identities"]
    assert claim == {**told, "primary": "false", "dateCreated": str(made)}
    app.refresh(before["RefreshToken"])


@holds("LINK-03")
def test_nobody_writes_identities(app: App, idp: str) -> None:
    user = app.user()
    link(app, user, named(idp, unique("subject")))
    forged = attributes({"identities": "[]"})
    with refused("InvalidParameterException"):
        app.admin("AdminUpdateUserAttributes", user, UserAttributes=forged)
    with refused("InvalidParameterException"):
        app.admin("AdminDeleteUserAttributes", user, UserAttributeNames=["identities"])
    with refused("InvalidParameterException"):
        app.temporary_user("", UserAttributes=forged)
    with refused("NotAuthorizedException"):
        app.sign_up(unique(), PASSWORD, identities="[]")
    token = app.sign_in(user)["AccessToken"]
    with refused("NotAuthorizedException"):
        app.wire.call("UpdateUserAttributes", AccessToken=token, UserAttributes=forged)
    app.admin("AdminUpdateUserAttributes", user, UserAttributes=attributes({"name": "N"}))
    assert len(identities(app, user)) == 1
    listed = app.wire.call(
        "ListUsers",
        UserPoolId=app.pool_id,
        AttributesToGet=["identities"],
        Filter=f'username = "{user}"',
    )["Users"]
    assert set(attribute_map(listed[0]["Attributes"])) == {"identities"}


@holds("LINK-04")
def test_the_destination_is_a_user(app: App, idp: str, wire: Wire) -> None:
    foreign = an_app(wire)
    for nobody in (unique("nobody"), foreign.user()):
        with refused(*NO_USER):
            link(app, nobody, named(idp, unique("subject")))
    with refused(*NO_USER):
        wire.call(
            "AdminLinkProviderForUser",
            UserPoolId=app.pool_id,
            DestinationUser=named(idp, "never signed in"),
            SourceUser=named(idp, unique("subject")),
        )
    with refused("ResourceNotFoundException"):
        wire.call(
            "AdminLinkProviderForUser",
            UserPoolId="us-east-1_nothing12",
            DestinationUser=named("Cognito", "x"),
            SourceUser=named(idp, "x"),
        )


@holds("LINK-05")
def test_the_source_is_an_identity_of_a_provider(app: App, idp: str, wire: Wire) -> None:
    user = app.user()
    text = f"The provider nobody does not exist for User Pool {app.pool_id}"
    with refused("InvalidParameterException", text):
        link(app, user, named("nobody", "x"))
    for wrong in (
        named("Cognito", app.user()),
        named(idp, "x", "phone_number"),
        named(idp, "x", "claim"),
        named(idp, "x", ""),
        named(idp, ""),
        named(idp, "x" * 2049),
        {"ProviderName": idp},
        {},
    ):
        with refused("InvalidParameterException"):
            link(app, user, wrong)
    foreign = provider(wire, a_pool(wire))
    with refused("InvalidParameterException"):
        link(app, user, named(foreign, "x"))
    link(app, user, named(idp, unique("mail"), "email"))
    assert identities(app, user)[0]["providerName"] == idp
    wire.call(
        "CreateIdentityProvider",
        UserPoolId=app.pool_id,
        ProviderName="Facebook",
        ProviderType="Facebook",
        ProviderDetails={"client_id": "a", "client_secret": "b", "authorize_scopes": "email"},
        AttributeMapping={"email": "email"},
    )
    with refused("InvalidParameterException"):
        link(app, user, named("Facebook", "x", "email"))
    link(app, user, named("Facebook", unique("x")))


@holds("LINK-06")
def test_an_identity_is_one_user(app: App, idp: str) -> None:
    user, other, subject = app.user(), app.user(), unique("subject")
    link(app, user, named(idp, subject))
    for anybody in (user, other):
        with refused(*LINKED):
            link(app, anybody, named(idp, subject))
    link(app, other, named(idp, subject.upper()))
    assert len(identities(app, user)) == len(identities(app, other)) == 1


@holds("LINK-07")
def test_a_user_has_five_identities(app: App, idp: str, wire: Wire) -> None:
    user = app.user()
    for number in range(5):
        link(app, user, named(idp, f"{user}-{number}"))
    with refused("LimitExceededException"):
        link(app, user, named(idp, f"{user}-5"))
    disable(app, named(idp, f"{user}-0"))
    link(app, user, named(idp, f"{user}-5"))
    assert len(identities(app, user)) == 5
    names = ["email", "name", "given_name", "family_name", "nickname", "profile"]
    many = provider(wire, app.pool_id)
    wire.call(
        "UpdateIdentityProvider",
        UserPoolId=app.pool_id,
        ProviderName=many,
        AttributeMapping={name: name for name in names},
    )
    for name in names[:5]:
        link(app, app.user(), named(many, "value", name))
    with refused("LimitExceededException"):
        link(app, app.user(), named(many, "value", names[5]))
    link(app, app.user(), named(many, "another", names[0]))


@holds("LINK-08")
def test_a_link_is_undone(app: App, idp: str) -> None:
    user, subject = app.user(), unique("subject")
    link(app, user, named(idp, subject))
    for wrong in (
        named(idp, "other"),
        named(idp, subject, "email"),
        named("nobody", subject),
    ):
        with refused(*NO_USER):
            disable(app, wrong)
    assert len(identities(app, user)) == 1
    disable(app, named(idp, subject))
    assert identities(app, user) == []
    assert "identities" not in claims_of(app.sign_in(user)["IdToken"])
    with refused(*NO_USER):
        disable(app, named(idp, subject))
    link(app, app.user(), named(idp, subject))


@holds("LINK-09")
def test_a_native_user_no_longer_signs_in_by_password(app: App) -> None:
    email = f"{unique('native')}@example.com"
    user = app.user("", PASSWORD, email=email, email_verified="true")
    app.call("ForgotPassword", user)
    code = app.wire.code(email)
    tokens = app.sign_in(user)
    for _ in range(2):
        disable(app, named("Cognito", user))
    assert app.admin("AdminGetUser", user)["UserStatus"] == "EXTERNAL_PROVIDER"
    for sign_in in (app.password_step, app.srp_step):
        with refused(*WRONG):
            sign_in(user)
    with refused(*WRONG):
        app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=user, PASSWORD=PASSWORD)
    with refused("NotAuthorizedException"):
        app.call("ForgotPassword", user)
    with refused("ExpiredCodeException"):
        app.call("ConfirmForgotPassword", user, ConfirmationCode=code, Password=PASSWORD)
    with refused("NotAuthorizedException"):
        app.admin("AdminResetUserPassword", user)
    app.refresh(tokens["RefreshToken"])
    app.admin("AdminSetUserPassword", user, Password=PASSWORD, Permanent=True)
    assert app.admin("AdminGetUser", user)["UserStatus"] == "CONFIRMED"
    app.sign_in(user)
    with refused(*NO_USER):
        disable(app, named("Cognito", unique("nobody")))


@holds("LINK-10")
def test_a_deleted_users_identities_are_free(app: App, idp: str) -> None:
    user, subject = app.user(), unique("subject")
    link(app, user, named(idp, subject))
    app.admin("AdminDeleteUser", user)
    again = app.user(user)
    assert identities(app, again) == []
    link(app, again, named(idp, subject))


@holds("LINK-12")
def test_one_of_many_racers_links_an_identity(app: App, idp: str) -> None:
    users, subject = [app.user() for _ in range(6)], unique("subject")
    left = list(users)
    done, refusals = race(6, lambda: link(app, left.pop(), named(idp, subject)))
    assert len(done) == 1
    assert {(refusal.code, refusal.text) for refusal in refusals} == {LINKED}
    assert sum(len(identities(app, user)) for user in users) == 1
    user, values = app.user(), [unique("value") for _ in range(9)]
    done, refusals = race(9, lambda: link(app, user, named(idp, values.pop())))
    assert len(done) == len(identities(app, user)) == 5
    assert {refusal.code for refusal in refusals} == {"LimitExceededException"}


@holds("LINK-13")
def test_underscores_do_not_mix_providers_up(app: App, wire: Wire) -> None:
    short, long = provider(wire, app.pool_id, "mix_a"), provider(wire, app.pool_id, "mix_a_b")
    user, other = app.user(), app.user()
    link(app, user, named(short, "b_c"))
    link(app, other, named(long, "c"))
    assert [each["userId"] for each in identities(app, user)] == ["b_c"]
    assert [each["userId"] for each in identities(app, other)] == ["c"]


@holds("LINK-09")
def test_a_challenge_under_way_ends_with_the_password(app: App) -> None:
    user = app.temporary_user()
    step = app.password_step(user)
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    disable(app, named("Cognito", user))
    with refused("NotAuthorizedException"):
        result_of(
            app.respond(
                "NEW_PASSWORD_REQUIRED",
                step["Session"],
                USERNAME=user,
                NEW_PASSWORD="Another-Horse-8",
            )
        )
