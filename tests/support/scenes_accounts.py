"""The ways through the pages of accounts: signing up, confirming, a forgotten password."""

import re
from collections.abc import Iterator
from typing import Final

from tests.sdk.support import PASSWORD, unique
from tests.support.screens import Look, Scene, Stage

REQUIRED: Final = [
    {"Name": each, "Required": True, "AttributeDataType": "String"}
    for each in ("email", "name", "birthdate")
]
BY_LINK: Final = {
    "DefaultEmailOption": "CONFIRM_WITH_LINK",
    "EmailMessageByLink": "Open {##this##}",
    "EmailSubjectByLink": "Please confirm",
}


def signing_up(stage: Stage) -> Iterator[Look]:
    """A new account, from nothing to its code."""
    app = stage.app({"Schema": REQUIRED})
    for name in ("terms-of-use", "privacy-policy"):
        stage.wire.call(
            "CreateTerms",
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            TermsName=name,
            TermsSource="LINK",
            Enforcement="NONE",
            Links={"cognito:default": f"https://example.com/{name}"},
        )
    stage.go(stage.url(app))
    stage.link("/signup")
    yield Look("sign-up", "Create an account, with terms", "sign_up", "/signup")
    stage.fill(username="ada", password="short")
    yield Look("sign-up-wrong", "Entries that are not right", "sign_up", "/signup")
    stage.fill(
        username="ada",
        password=PASSWORD,
        confirmPassword=PASSWORD,
        **{
            "requiredAttributes[email]": f"{unique('ada')}@example.com",
            "requiredAttributes[name]": "Ada Lovelace",
            "requiredAttributes[birthdate]": "1985-12-10",
        },
    )
    yield Look("confirm", "Confirm an account", "confirm", "/confirm")
    stage.fill(code="000000")
    yield Look("confirm-wrong", "A wrong code", "confirm", "/confirm")


def by_link(stage: Stage) -> Iterator[Look]:
    """An account that a link confirms."""
    app = stage.app({"VerificationMessageTemplate": BY_LINK})
    email = f"{unique('ada')}@example.com"
    app.sign_up("ada", PASSWORD, email=email)
    stage.go(stage.url(app))
    stage.sign_in("ada")
    yield Look("link-sent", "A link is on its way", "link_sent", "/confirm")
    [message] = stage.wire.messages(email, 10)
    found = re.search(r"https?://[^\"<> ]+/confirmUser\?[^\"<> ]+", str(message))
    assert found is not None, message
    query = found[0].replace("&amp;", "&").partition("?")[2].removesuffix("\\n")
    stage.go(f"{stage.at(app, '/confirmUser')}?{query}")
    yield Look("confirm-user", "The link is open", "confirm_user", "/confirmUser")
    stage.fill()
    yield Look("confirmed", "The link has confirmed", "confirm_user", "/confirmUser")


def by_approval(stage: Stage) -> Iterator[Look]:
    """An account that waits for an administrator."""
    app = stage.app({"AutoVerifiedAttributes": []})
    stage.go(stage.url(app, "/signup"))
    stage.fill(username="ada", password=PASSWORD, confirmPassword=PASSWORD)
    yield Look("waiting", "An account that an administrator confirms", "account_end", "/confirm")


def forgetting(stage: Stage) -> Iterator[Look]:
    """A forgotten password."""
    app = stage.app()
    stage.user(app, "ada")
    stage.go(stage.url(app))
    stage.link("/forgotPassword")
    yield Look("forgot-password", "Forgot the password", "forgot", "/forgotPassword")
    stage.fill(username="ada")
    yield Look("reset-password", "A code and a new password", "reset", "/confirmForgotPassword")


SCENES: Final[tuple[Scene, ...]] = (signing_up, by_link, by_approval, forgetting)
