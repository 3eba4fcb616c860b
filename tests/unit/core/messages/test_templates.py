"""Which text a message has, and what cannot get into it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.refusal import InvalidLambdaResponse
from poolkeep.core.messages.model import EMAIL, SMS
from poolkeep.core.messages.templates import (
    CODE,
    LINK,
    USERNAME,
    Template,
    Values,
    by_link,
    confirmation_link,
    customised,
    fill,
    template_of,
)
from poolkeep.core.pools.model import (
    AdminCreateUserConfig,
    InviteMessageTemplate,
    UserPool,
    VerificationMessageTemplate,
)
from poolkeep.core.triggers.sources import CustomMessageReply
from tests.unit.core.users.people import a_pool

VALUES = Values(code="012345", username="alice")


def pool(**settings: Any) -> UserPool:
    return a_pool(**settings).pool


def texts(of: UserPool, source: str, medium: str, values: Values = VALUES) -> tuple[str, str]:
    filled = fill(template_of(of, source, medium), values, medium)
    return filled.subject, filled.body


VERIFICATION = "Your verification code is 012345. "
INVITATION = "Your username is alice and temporary password is 012345. "
AUTHENTICATION = "Your authentication code is 012345. "


@pytest.mark.parametrize(
    "source, subject, body",
    [
        ("SignUp", "Your verification code", VERIFICATION),
        ("ResendCode", "Your verification code", VERIFICATION),
        ("ForgotPassword", "Your verification code", VERIFICATION),
        ("UpdateUserAttribute", "Your verification code", VERIFICATION),
        ("VerifyUserAttribute", "Your verification code", VERIFICATION),
        ("AdminCreateUser", "Your temporary password", INVITATION),
        ("Authentication", "Your authentication code", AUTHENTICATION),
    ],
)
def test_texts_are_built_in(source: str, subject: str, body: str) -> None:
    assert texts(pool(), source, EMAIL) == (subject, body)
    assert texts(pool(), source, SMS) == ("", body)


def test_the_pool_has_its_own_texts() -> None:
    own = VerificationMessageTemplate(
        sms_message="sms {####}", email_message="mail {####}", email_subject="subject"
    )
    invitation = InviteMessageTemplate(
        sms_message="{username}: {####}", email_message="<b>{username}</b> {####}"
    )
    one = pool(
        verification_message_template=own,
        admin_create_user_config=AdminCreateUserConfig(invite_message_template=invitation),
        sms_authentication_message="factor {####}",
    )
    assert texts(one, "SignUp", EMAIL) == ("subject", "mail 012345")
    assert texts(one, "SignUp", SMS) == ("", "sms 012345")
    assert texts(one, "AdminCreateUser", EMAIL)[1] == "<b>alice</b> 012345"
    assert texts(one, "AdminCreateUser", SMS)[1] == "alice: 012345"
    assert texts(one, "Authentication", SMS)[1] == "factor 012345"


def test_the_older_members_are_the_same_texts() -> None:
    one = pool(
        sms_verification_message="s {####}",
        email_verification_message="e {####}",
        email_verification_subject="t",
    )
    assert texts(one, "ForgotPassword", EMAIL) == ("t", "e 012345")
    assert texts(one, "ForgotPassword", SMS) == ("", "s 012345")


@pytest.mark.parametrize("source", ["SignUp", "ResendCode"])
def test_a_sign_up_can_be_confirmed_by_a_link(source: str) -> None:
    option = VerificationMessageTemplate(default_email_option="CONFIRM_WITH_LINK")
    one = pool(verification_message_template=option)
    link = confirmation_link("http://x", client_id="c", username="a&b", code="012345")
    assert link == "http://x/confirmUser?client_id=c&user_name=a%26b&confirmation_code=012345"
    subject, body = texts(one, source, EMAIL, Values(code="012345", username="a", link=link))
    assert subject == "Your verification link"
    href = link.replace("&", "&amp;")
    assert body == (
        f'Please click the link below to verify your email address. <a href="{href}">'
        "Verify Email</a> "
    )
    assert not by_link(one, source, SMS)


@pytest.mark.parametrize("source", ["ForgotPassword", "UpdateUserAttribute", "AdminCreateUser"])
def test_other_messages_never_carry_a_link(source: str) -> None:
    option = VerificationMessageTemplate(default_email_option="CONFIRM_WITH_LINK")
    assert not by_link(pool(verification_message_template=option), source, EMAIL)


@pytest.mark.parametrize(
    "username",
    ["{####}", "{username}", "{{username}}", "<script>alert(1)</script>", "\"&'", "{##x##}"],
)
def test_a_username_is_text_and_nothing_else(username: str) -> None:
    values = Values(code="012345", username=username, link="http://x/?a=1&b=2")
    body = texts(pool(), "AdminCreateUser", EMAIL, values)[1]
    assert body.count("012345") == 1
    assert "<" not in body
    assert '"' not in body
    assert texts(pool(), "AdminCreateUser", SMS, values)[1].startswith(
        f"Your username is {username} and"
    )


def test_a_temporary_password_is_escaped_in_mail_alone() -> None:
    values = Values(code="a<b>&c", username="alice")
    assert texts(pool(), "AdminCreateUser", EMAIL, values)[1].endswith("a&lt;b&gt;&amp;c. ")
    assert texts(pool(), "AdminCreateUser", SMS, values)[1].endswith("a<b>&c. ")


def test_the_subject_takes_placeholders_too() -> None:
    filled = fill(Template("{####} for {username}", "x"), VALUES, EMAIL)
    assert filled.subject == "012345 for alice"


@given(st.text(alphabet="{}#usernam ", max_size=400))
def test_odd_braces_do_no_harm(text: str) -> None:
    filled = fill(Template(text, text), Values(code="1", username="2", link="3"), EMAIL).body
    assert CODE not in text or "1" in filled


def test_filling_takes_time_in_proportion() -> None:
    fill(Template("", "{##" * 6_666), Values(code="1", username="2", link="3"), EMAIL)
    fill(Template("", "{##" + "a" * 19_990), Values(code="1", username="2", link="3"), EMAIL)


class TestCustomMessage:
    """What a function's reply changes."""

    own = Template("subject", "body {####}")

    def taken(
        self, medium: str = EMAIL, needed: tuple[str, ...] = (CODE,), **reply: Any
    ) -> Template:
        return customised(self.own, CustomMessageReply(**reply), medium=medium, needed=needed)

    def test_its_texts_are_taken(self) -> None:
        both = self.taken(email_message="hi {####}", email_subject="hello")
        assert (both.subject, both.body) == ("hello", "hi {####}")
        assert self.taken(sms_message="sms {####}", medium=SMS).body == "sms {####}"
        assert self.taken(email_subject="hello").body == "body {####}"
        assert customised(self.own, None, medium=EMAIL, needed=(CODE,)) == self.own

    def test_a_text_without_the_code_is_not_taken(self) -> None:
        assert self.taken(email_message="no code", email_subject="hello") == self.own
        assert self.taken(sms_message="no code", medium=SMS) == self.own
        needed = (CODE, USERNAME)
        assert self.taken(email_message="only {####}", needed=needed) == self.own
        assert self.taken(email_message="{username} {####}", needed=needed) != self.own

    def test_a_link_or_the_code_will_do_in_link_mode(self) -> None:
        for text in ("{##Click Here##}", "{##go##}", "https://mine/?code={####}"):
            assert self.taken(email_message=text, needed=(LINK,)).body == text
        assert self.taken(email_message="nothing", needed=(LINK,)) == self.own

    @pytest.mark.parametrize(
        "medium, reply",
        [
            (SMS, {"sms_message": CODE + "x" * 135}),
            (EMAIL, {"email_message": CODE + "x" * 19_995}),
            (EMAIL, {"email_subject": "x" * 141}),
        ],
    )
    def test_a_text_that_is_too_long_is_an_invalid_reply(
        self, medium: str, reply: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidLambdaResponse):
            self.taken(medium=medium, **reply)
