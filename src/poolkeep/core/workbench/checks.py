"""Is a reply what its trigger may answer? If not, why, in plain words. Pure.

A fault is what makes the call fail, or the function's wish come to nothing; a remark is worth
knowing and harms nothing.
"""

import difflib
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from poolkeep.base.refusal import InvalidLambdaResponse
from poolkeep.core.triggers import sources as s
from poolkeep.core.triggers.service import REPLY_BYTES_MAX, RESPONSE_BYTES_MAX, decode_reply

CODE: Final = "{####}"
USERNAME: Final = "{username}"
PROTECTED: Final = frozenset(
    ("acr", "amr", "at_hash", "aud", "auth_time", "azp", "cognito:username", "exp", "iat",
     "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use")
)  # fmt: skip
SMS_CHARACTERS_MAX: Final = 140
STATUSES: Final = ("CONFIRMED", "RESET_REQUIRED")
NO_EVENT: Final = (
    "The reply is {}. Return the event that you were given, with `response` filled in."
)
NO_ADDRESS: Final = (
    '`response.userAttributes` needs email_verified or phone_number_verified "true": otherwise no '
    "code can be sent, and the user is not moved."
)
NOTHING_PRIVATE: Final = (
    "`response.privateChallengeParameters` is empty: VerifyAuthChallengeResponse will have nothing "
    "to compare with."
)
_KINDS: Final = {
    bool: "true or false", str: "a text", int: "a number", float: "a number",
    list: "a list", dict: "an object", type(None): "null",
}  # fmt: skip


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a reply, and what is only worth knowing."""

    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether the reply does what it says."""
        return not self.faults


def judge(trigger: s.Trigger, source: str, answer: bytes) -> Verdict:
    """Return what a caller would make of an answer to an event of `source`."""
    if trigger.reply is s.EmptyReply and trigger in {s.CUSTOM_EMAIL_SENDER, s.CUSTOM_SMS_SENDER}:
        return Verdict(remarks=("The answer of a custom sender is of no interest.",))
    if len(answer) > REPLY_BYTES_MAX:
        return Verdict(faults=(f"The reply has {len(answer):,} bytes; 6 MB are the most.",))
    try:
        document = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Verdict(faults=(f"The reply is no JSON: {error}.",))
    if not isinstance(document, dict):
        return Verdict(faults=(NO_EVENT.format(kind(document)),))
    if "response" not in document:
        return Verdict(
            faults=("The reply has no `response`. Return the whole event, not only a part of it.",)
        )
    response = document["response"]
    if response is None:
        response = {}
    if not isinstance(response, dict):
        return Verdict(faults=(f"`response` must be an object, not {kind(response)}.",))
    remarks = [*_unknown(trigger, response)]
    faults = [*_wrong_types(response, trigger.reply, "response")]
    if not faults:
        try:
            reply = decode_reply(answer, trigger.reply)
        except InvalidLambdaResponse:
            most = RESPONSE_BYTES_MAX // 1024
            return Verdict(
                faults=(f"`response` cannot be read: more than {most} KiB, or nested too deeply.",)
            )
        rule = _RULES.get(trigger.name)
        if rule is not None:
            for is_fault, text in rule(reply, source):
                (faults if is_fault else remarks).append(text)
    return Verdict(faults=tuple(faults), remarks=tuple(remarks))


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def _unknown(trigger: s.Trigger, response: dict[str, Any]) -> Iterator[str]:
    known = [field.encode_name for field in msgspec.structs.fields(trigger.reply)]
    for name in response:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        advice = f" Did you mean `{near[0]}`?" if near else ""
        yield f"`response.{name}` is ignored: {trigger.name} has no such member.{advice}"


def _wrong_types(value: object, expected: Any, place: str) -> Iterator[str]:  # noqa: ANN401  a type
    """Yield every member of the wrong type; msgspec would stop at the first."""
    choices = _choices(expected)
    if Any in choices or (value is None and type(None) in choices):
        return
    parts = next(
        (parts for choice in choices if (parts := _parts(value, choice)) is not None), None
    )
    if parts is not None:
        for name, part, each in parts:
            yield from _wrong_types(part, each, place + name)
        return
    wanted = " or ".join(
        dict.fromkeys(_words(choice) for choice in choices if choice is not type(None))
    )
    hint = ""
    if bool in choices and isinstance(value, str):
        hint = " Leave the quotes out."
    elif str in choices and isinstance(value, bool | int | float):
        hint = " Put it in quotes."
    yield f"`{place}` must be {wanted}, not {kind(value)}.{hint}"


def _parts(value: object, choice: Any) -> list[tuple[str, Any, Any]] | None:  # noqa: ANN401  a type
    """Return name, value and type of what a value is made of; None for a value of another type."""
    origin = typing.get_origin(choice) or choice
    if isinstance(value, dict) and isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return [
            (f".{field.encode_name}", value[field.encode_name], field.type)
            for field in msgspec.structs.fields(origin)
            if field.encode_name in value
        ]
    if isinstance(value, dict) and origin is dict:
        return [(f".{name}", part, typing.get_args(choice)[1]) for name, part in value.items()]
    if isinstance(value, list) and origin is list:
        (each,) = typing.get_args(choice)
        return [(f"[{number}]", part, each) for number, part in enumerate(value)]
    return [] if type(value) is origin else None


def _choices(expected: Any) -> tuple[Any, ...]:  # noqa: ANN401  a type
    if typing.get_origin(expected) in {typing.Union, types.UnionType}:
        return tuple(one for one in typing.get_args(expected) if one is not msgspec.UnsetType)
    return (expected,)


def _words(choice: Any) -> str:  # noqa: ANN401  a type
    origin = typing.get_origin(choice) or choice
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return "an object"
    return _KINDS.get(origin, str(origin))


# What the types do not say. Each yields (whether it is a fault, the sentence).


def _migration(reply: s.UserMigrationReply, source: str) -> Iterator[tuple[bool, str]]:
    if not reply.user_attributes:
        yield (
            False,
            "There are no `response.userAttributes`: that says that nobody is known by this name.",
        )
        return
    if reply.final_user_status not in {None, *STATUSES}:
        yield True, f"`response.finalUserStatus` must be {' or '.join(STATUSES)}."
    verified = [
        name for name in ("email_verified", "phone_number_verified")
        if reply.user_attributes.get(name) == "true"
    ]  # fmt: skip
    if source.endswith("_ForgotPassword") and not verified:
        yield True, NO_ADDRESS
    elif reply.final_user_status != "CONFIRMED" and source.endswith("_Authentication"):
        yield (
            False,
            "Without `response.finalUserStatus` CONFIRMED the user must reset the password.",
        )


def _custom_message(reply: s.CustomMessageReply, source: str) -> Iterator[tuple[bool, str]]:
    needed = [CODE, USERNAME] if source.endswith("_AdminCreateUser") else [CODE]
    for name, text in (("smsMessage", reply.sms_message), ("emailMessage", reply.email_message)):
        if not text:
            continue
        lacking = [
            one for one in needed
            if one not in text and not (one == CODE and "{##" in text and name == "emailMessage")
        ]  # fmt: skip
        if lacking:
            lack = " and ".join(lacking)
            yield True, f"`response.{name}` lacks {lack}: the pool's own text goes out instead."
    if len(reply.sms_message or "") > SMS_CHARACTERS_MAX:
        yield True, f"`response.smsMessage` has more than {SMS_CHARACTERS_MAX} characters."


def _define(reply: s.DefineChallengeReply, _source: str) -> Iterator[tuple[bool, str]]:
    if reply.issue_tokens and reply.fail_authentication:
        yield True, "`issueTokens` and `failAuthentication` are both true: the sign-in fails."
    elif not (reply.issue_tokens or reply.fail_authentication or reply.challenge_name):
        yield (
            True,
            "`response` says nothing. Set `challengeName`, `issueTokens` or `failAuthentication`.",
        )


def _create(reply: s.CreateChallengeReply, _source: str) -> Iterator[tuple[bool, str]]:
    if not reply.private_challenge_parameters:
        yield False, NOTHING_PRIVATE
    shown = set((reply.public_challenge_parameters or {}).values())
    kept = set((reply.private_challenge_parameters or {}).values())
    if shown & kept:
        yield (
            False,
            "A value of `privateChallengeParameters` is also public: whoever signs in can read it.",
        )


def _verify(reply: s.VerifyChallengeReply, _source: str) -> Iterator[tuple[bool, str]]:
    if reply.answer_correct is None:
        yield True, "`response.answerCorrect` is missing: the answer counts as wrong."


def _tokens(
    reply: s.PreTokenReply | s.PreTokenScopesReply, _source: str
) -> Iterator[tuple[bool, str]]:
    overrides: list[tuple[str, s.ClaimsOverride | s.TokenOverride | None]]
    if isinstance(reply, s.PreTokenReply):
        overrides = [("claimsOverrideDetails", reply.claims_override_details)]
    else:
        details = reply.claims_and_scope_override_details
        overrides = [] if details is None else [
            ("idTokenGeneration", details.id_token_generation),
            ("accessTokenGeneration", details.access_token_generation),
        ]  # fmt: skip
    for place, override in overrides:
        named = override and {
            *(override.claims_to_add_or_override or {}),
            *(override.claims_to_suppress or ()),
        }
        for claim in sorted(PROTECTED & (named or set())):
            yield False, f"`{place}` names {claim}, which functions cannot change: it is ignored."
        for scope in getattr(override, "scopes_to_add", None) or ():
            if not scope or " " in scope:
                yield True, f"`{place}.scopesToAdd` has {scope!r}: a scope has no blanks."


_RULES: Final[dict[str, Callable[[Any, str], Iterator[tuple[bool, str]]]]] = {
    "UserMigration": _migration,
    "CustomMessage": _custom_message,
    "DefineAuthChallenge": _define,
    "CreateAuthChallenge": _create,
    "VerifyAuthChallengeResponse": _verify,
    "PreTokenGeneration": _tokens,
}
