"""A sample event of every trigger source, from the typed shapes. Pure.

Sources are named as in `triggerSource`, or by the trigger alone (`PreSignUp`, or `pre-sign-up`),
which stands for its first source. Token generation also has a version: `PreTokenGeneration@2`.
"""

import difflib
from collections.abc import Callable
from typing import Final

import msgspec

from poolkeep.core.triggers import sources as s

ATTRIBUTES: Final = {
    "sub": "11111111-2222-4333-8444-555555555555",
    "cognito:user_status": "CONFIRMED",
    "email": "ada@example.com",
    "email_verified": "true",
    "phone_number": "+15555550123",
    "given_name": "Ada",
}
SUBMITTED: Final = {name: ATTRIBUTES[name] for name in ("email", "phone_number", "given_name")}
METADATA: Final = {"campaign": "sample"}
CODE: Final = "{####}"
SAMPLE_POOL: Final = "us-east-1_Sample123"
SAMPLE_CLIENT: Final = "1example23456789"
SAMPLE_CODE: Final = "AYADeEXAMPLECIPHERTEXT=="
VERSIONS: Final = ("1", "2", "3")

Make = Callable[[str, str], s.Wire]
"""Makes a request for a source's second half and an event version."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A source: its trigger, its whole name, the version and the request of its event."""

    trigger: s.Trigger
    source: str
    version: str
    request: s.Wire


class UnknownSource(Exception):
    """There is no source of this name; the text says which are near."""


def _pre_sign_up(_source: str, _version: str) -> s.Wire:
    return s.PreSignUpRequest(
        user_attributes=SUBMITTED, validation_data={"invitation": "sample"},
        client_metadata=METADATA,
    )  # fmt: skip


def _plain(_source: str, _version: str) -> s.Wire:
    return s.PlainRequest(user_attributes=ATTRIBUTES, client_metadata=METADATA)


def _pre_authentication(_source: str, _version: str) -> s.Wire:
    return s.PreAuthenticationRequest(user_attributes=ATTRIBUTES, validation_data=METADATA)


def _post_authentication(_source: str, _version: str) -> s.Wire:
    return s.PostAuthenticationRequest(user_attributes=ATTRIBUTES, client_metadata=METADATA)


def _pre_token(source: str, version: str) -> s.Wire:
    scopes: list[str] | msgspec.UnsetType = msgspec.UNSET
    if source == "ClientCredentials":
        return s.PreTokenRequest(
            user_attributes={}, group_configuration=None, scopes=["api/read"],
            client_metadata=METADATA,
        )  # fmt: skip
    if version != "1":
        scopes = ["aws.cognito.signin.user.admin"]
    return s.PreTokenRequest(
        user_attributes=ATTRIBUTES,
        group_configuration=s.GroupConfiguration(groups_to_override=["editors"]),
        scopes=scopes,
        client_metadata=METADATA,
    )


def _migration(source: str, _version: str) -> s.Wire:
    password = "Sample-Passw0rd" if source == "Authentication" else None
    return s.UserMigrationRequest(password=password, validation_data=METADATA)


def _custom_message(source: str, _version: str) -> s.Wire:
    return s.CustomMessageRequest(
        user_attributes=ATTRIBUTES,
        code_parameter=CODE,
        link_parameter="{##Click Here##}",
        username_parameter="{username}" if source == "AdminCreateUser" else None,
    )


def _define(_source: str, _version: str) -> s.Wire:
    return s.DefineChallengeRequest(user_attributes=ATTRIBUTES, session=[])


def _create(_source: str, _version: str) -> s.Wire:
    return s.CreateChallengeRequest(
        user_attributes=ATTRIBUTES, challenge_name="CUSTOM_CHALLENGE", session=[]
    )


def _verify(_source: str, _version: str) -> s.Wire:
    return s.VerifyChallengeRequest(
        user_attributes=ATTRIBUTES,
        private_challenge_parameters={"answer": "5"},
        challenge_answer="5",
    )


def _email_sender(_source: str, _version: str) -> s.Wire:
    return s.SenderRequest(
        type="customEmailSenderRequestV1", code=SAMPLE_CODE, user_attributes=ATTRIBUTES
    )


def _sms_sender(_source: str, _version: str) -> s.Wire:
    return s.SenderRequest(
        type="customSMSSenderRequestV1", code=SAMPLE_CODE, user_attributes=ATTRIBUTES
    )


def _inbound(_source: str, _version: str) -> s.Wire:
    return s.InboundFederationRequest(
        provider_name="Example",
        provider_type="OIDC",
        attributes=s.FederatedAnswers(
            id_token={"sub": "1234", "email": "ada@example.com", "groups": ["staff"]},
            user_info={"sub": "1234", "given_name": "Ada"},
        ),
    )


_MESSAGES: Final = (
    "SignUp", "AdminCreateUser", "ResendCode", "ForgotPassword", "UpdateUserAttribute",
    "VerifyUserAttribute", "Authentication",
)  # fmt: skip
_MIDDLE: Final = {"PreTokenGeneration": "TokenGeneration"}
"""Where the first half of a source is not the trigger's name."""

# Trigger: the second halves of its sources, and what makes the request.
TABLE: Final[tuple[tuple[s.Trigger, tuple[str, ...], Make], ...]] = (
    (s.PRE_SIGN_UP, ("SignUp", "AdminCreateUser", "ExternalProvider"), _pre_sign_up),
    (s.POST_CONFIRMATION, ("ConfirmSignUp", "ConfirmForgotPassword"), _plain),
    (s.PRE_AUTHENTICATION, ("Authentication",), _pre_authentication),
    (s.POST_AUTHENTICATION, ("Authentication",), _post_authentication),
    (
        s.PRE_TOKEN_GENERATION,
        ("Authentication", "HostedAuth", "NewPasswordChallenge", "AuthenticateDevice",
         "RefreshTokens", "ClientCredentials"),
        _pre_token,
    ),
    (s.USER_MIGRATION, ("Authentication", "ForgotPassword"), _migration),
    (s.CUSTOM_MESSAGE, _MESSAGES, _custom_message),
    (s.DEFINE_AUTH_CHALLENGE, ("Authentication",), _define),
    (s.CREATE_AUTH_CHALLENGE, ("Authentication",), _create),
    (s.VERIFY_AUTH_CHALLENGE, ("Authentication",), _verify),
    (s.CUSTOM_EMAIL_SENDER, (*_MESSAGES, "AccountTakeOverNotification"), _email_sender),
    (s.CUSTOM_SMS_SENDER, _MESSAGES, _sms_sender),
    (s.INBOUND_FEDERATION, ("ExternalProvider",), _inbound),
)  # fmt: skip


def names() -> list[str]:
    """Return every source by its whole name."""
    return [f"{_first(trigger)}_{half}" for trigger, halves, _ in TABLE for half in halves]


def sample(name: str) -> Sample:
    """Return the sample of a source, or of a trigger's first. Raises UnknownSource."""
    wanted, _, version = name.partition("@")
    folded = wanted.replace("-", "").replace("_", "").lower()
    for trigger, halves, make in TABLE:
        first = _first(trigger)
        if folded in {trigger.name.lower(), first.lower(), trigger.member.replace("_", "")}:
            return _sample(trigger, halves[0], make, version=version)
        for half in halves:
            if folded in {f"{start}{half}".lower() for start in (first, trigger.name)}:
                return _sample(trigger, half, make, version=version)
    known = [*names(), *(trigger.name for trigger, _, _ in TABLE)]
    near = difflib.get_close_matches(wanted, known, n=1)
    advice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names())}."
    raise UnknownSource(f"there is no trigger source {wanted}. {advice}")


def trigger_of(source: str, version: str = "1") -> s.Trigger | None:
    """Return the trigger that a source belongs to, with the reply of an event version."""
    first = source.partition("_")[0]
    for trigger, _, _ in TABLE:
        if first in {trigger.name, _first(trigger)}:
            return _of_version(trigger, version)
    return None


def event(
    found: Sample,
    *,
    pool_id: str = SAMPLE_POOL,
    region: str = "us-east-1",
    client_id: str = SAMPLE_CLIENT,
) -> s.Event:
    """Return the event of a sample."""
    machine = found.source.endswith("_ClientCredentials")
    by_typed_name = found.trigger is s.USER_MIGRATION
    return s.Event(
        version=found.version,
        region=region,
        user_pool_id=pool_id,
        user_name="ClientCredentials" if machine else "ada@example.com" if by_typed_name else "ada",
        caller_context=s.CallerContext(client_id=client_id),
        trigger_source=found.source,
        request=found.request,
        response=found.trigger.reply(),
    )


def _sample(trigger: s.Trigger, half: str, make: Make, *, version: str) -> Sample:
    if version and (version not in VERSIONS or trigger is not s.PRE_TOKEN_GENERATION):
        raise UnknownSource("only PreTokenGeneration has versions: @1, @2 and @3.")
    if half == "ClientCredentials":
        version = "3"  # no other version is asked about machines
    chosen = version or "1"
    return Sample(
        trigger=_of_version(trigger, chosen),
        source=f"{_first(trigger)}_{half}",
        version=chosen,
        request=make(half, chosen),
    )


def _of_version(trigger: s.Trigger, version: str) -> s.Trigger:
    if trigger is s.PRE_TOKEN_GENERATION and version != "1":
        return s.PRE_TOKEN_GENERATION_SCOPES
    return trigger


def _first(trigger: s.Trigger) -> str:
    return _MIDDLE.get(trigger.name, trigger.name)
