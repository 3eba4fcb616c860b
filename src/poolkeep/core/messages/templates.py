"""Which text a message has, and how its placeholders are filled.

Placeholders are replaced in one pass over the template, so that a username of `{####}` stays
what it is. What a user chose is escaped in e-mail, whose bodies are HTML.
Source: docs/behaviours/messages.md.
"""

import html
import re
from urllib.parse import urlencode

import msgspec

from poolkeep.base.refusal import InvalidLambdaResponse
from poolkeep.core.messages import wording
from poolkeep.core.messages.model import SMS
from poolkeep.core.pools.model import (
    InviteMessageTemplate,
    UserPool,
    VerificationMessageTemplate,
)
from poolkeep.core.triggers.sources import CustomMessageReply

CODE = "{####}"
USERNAME = "{username}"
LINK = "{##Click Here##}"
LINK_TEXT_CHARACTERS_MAX = 256
_PLACEHOLDER = re.compile(
    r"\{####\}|\{username\}|\{##([^{}]{1,%d})##\}" % LINK_TEXT_CHARACTERS_MAX  # noqa: UP031  braces
)

SMS_CHARACTERS_MAX = 140
EMAIL_CHARACTERS_MAX = 20_000
SUBJECT_CHARACTERS_MAX = 140

LINK_SOURCES = frozenset({"SignUp", "ResendCode"})
"""Only these confirm a sign-up; every other message carries a code, whatever the pool prefers."""


class Template(msgspec.Struct, frozen=True):
    """The texts of one message, with placeholders. An SMS has no subject.

    `text` says in plain text what the body of an e-mail says in HTML, where we wrote both.
    """

    subject: str
    body: str
    text: str = ""


VERIFICATION = Template("Your verification code", "Your verification code is {####}. ")
VERIFICATION_LINK = Template(
    "Your verification link",
    "Please click the link below to verify your email address. {##Verify Email##} ",
)
INVITATION = Template(
    "Your temporary password",
    "Your username is {username} and temporary password is {####}. ",
)
WELCOME = Template("Welcome", "Your username is {username}. ")
AUTHENTICATION = Template("Your authentication code", "Your authentication code is {####}. ")


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What takes the place of the placeholders."""

    code: str | None
    username: str
    link: str = ""


def by_link(pool: UserPool, source: str, medium: str) -> bool:
    """Tell whether this message confirms by a link instead of a code."""
    template = pool.settings.verification_message_template
    return (
        source in LINK_SOURCES
        and medium != SMS
        and template is not None
        and template.default_email_option == "CONFIRM_WITH_LINK"
    )


def template_of(
    pool: UserPool, source: str, medium: str, built_in: Template | None = None
) -> Template:
    """Return the pool's texts for a source; `built_in`, or Cognito's, where it has none."""
    if source == "AdminCreateUser":
        own, ours = _invitation(pool, medium), INVITATION
    elif source == "Authentication":
        own, ours = _authentication(pool, medium), AUTHENTICATION
    elif by_link(pool, source, medium):
        own, ours = _verification_link(pool), VERIFICATION_LINK
    else:
        own, ours = _verification(pool, medium), VERIFICATION
    ours = built_in or ours
    subject = "" if medium == SMS else own.subject or ours.subject
    if own.body:
        return Template(subject, own.body)
    return Template(subject, ours.body, ours.text)


def customised(
    template: Template, reply: CustomMessageReply | None, *, medium: str, needed: tuple[str, ...]
) -> Template:
    """Return the template with the texts that a CustomMessage function gave.

    A body that lacks what the user needs is not taken: the pool's own text goes out instead.
    Refuses InvalidLambdaResponse for texts that are too long.
    """
    if reply is None:
        return template
    body = reply.sms_message if medium == SMS else reply.email_message
    subject = None if medium == SMS else reply.email_subject
    longest = SMS_CHARACTERS_MAX if medium == SMS else EMAIL_CHARACTERS_MAX
    if len(body or "") > longest or len(subject or "") > SUBJECT_CHARACTERS_MAX:
        raise InvalidLambdaResponse(wording.MESSAGE_TOO_LONG)
    if body and not all(_holds(body, placeholder) for placeholder in needed):
        return template
    if body:
        return Template(subject or template.subject, body)
    return Template(subject or template.subject, template.body, template.text)


def fill(template: Template, values: Values, medium: str) -> Template:
    """Return the texts to send."""
    if medium == SMS:
        return Template("", _filled(template.body, values, escape=False))
    return Template(
        # A line end in a header would be refused by every mailer, or begin another header.
        " ".join(_filled(template.subject, values, escape=False).splitlines()),
        _filled(template.body, values, escape=True),
        _filled(template.text, values, escape=False),
    )


def confirmation_link(base_url: str, *, client_id: str, username: str, code: str) -> str:
    """Return the address that confirms a sign-up."""
    query = urlencode(
        {"client_id": client_id, "user_name": username, "confirmation_code": code},
        errors="replace",
    )
    return f"{base_url}/confirmUser?{query}"


def _filled(text: str, values: Values, *, escape: bool) -> str:
    def put(match: re.Match[str]) -> str:
        if match[0] == CODE:
            code = values.code or ""
            return html.escape(code) if escape else code
        if match[0] == USERNAME:
            return html.escape(values.username) if escape else values.username
        if not values.link:
            return match[0]
        if not escape:
            return values.link
        return f'<a href="{html.escape(values.link)}">{match[1]}</a>'

    return _PLACEHOLDER.sub(put, text)


def _holds(text: str, placeholder: str) -> bool:
    if placeholder != LINK:
        return placeholder in text
    # Functions in link mode may set a link of their own around the code.
    return CODE in text or any(match[1] for match in _PLACEHOLDER.finditer(text))


def _verification(pool: UserPool, medium: str) -> Template:
    settings = pool.settings
    own = settings.verification_message_template or VerificationMessageTemplate()
    if medium == SMS:
        return Template("", own.sms_message or settings.sms_verification_message or "")
    return Template(
        own.email_subject or settings.email_verification_subject or "",
        own.email_message or settings.email_verification_message or "",
    )


def _verification_link(pool: UserPool) -> Template:
    own = pool.settings.verification_message_template or VerificationMessageTemplate()
    return Template(own.email_subject_by_link or "", own.email_message_by_link or "")


def _invitation(pool: UserPool, medium: str) -> Template:
    config = pool.settings.admin_create_user_config
    own = (config.invite_message_template if config else None) or InviteMessageTemplate()
    body = own.sms_message if medium == SMS else own.email_message
    return Template(own.email_subject or "", body or "")


def _authentication(pool: UserPool, medium: str) -> Template:
    if medium == SMS:
        return Template("", pool.settings.sms_authentication_message or "")
    own = pool.mfa.email_mfa_configuration
    return Template((own.subject if own else None) or "", (own.message if own else None) or "")
