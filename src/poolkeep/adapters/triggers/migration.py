"""Users of another Cognito come over as they sign in: a UserMigration function of ours.

    sign-in             the password is tried there; whoever has it right comes with it
    forgotten password  the user is looked up there, and sets a password here

Only a password that the other side has accepted counts: signed in, or asked for a second factor,
which comes after the password. Attributes are read with the token of that sign-in, or as by an
administrator. Source: docs/behaviours/migration.md.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from poolkeep.adapters.outgoing import Answer
from poolkeep.adapters.signing import Signer
from poolkeep.adapters.triggers.model import Invocation, NoAnswer, failure
from poolkeep.adapters.triggers.remote import Lane, Lanes
from poolkeep.core.triggers import FunctionUnavailable, Vouched
from poolkeep.crypto.secret_hash import secret_hash
from poolkeep.function_settings import MigrationTarget

T = TypeVar("T")
PREFIX: Final = "AWSCognitoIdentityProviderService."
SERVICE: Final = "cognito-idp"
SIGN_IN: Final = "UserMigration_Authentication"
FORGOTTEN: Final = "UserMigration_ForgotPassword"
PROVEN: Final = frozenset(
    ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP")
)
"""Challenges of these flows that follow a right password."""
NEW_PASSWORD: Final = "NEW_PASSWORD_REQUIRED"
CARRIED: Final = ("SMS_MFA", "EMAIL_OTP")
"""Second factors that need nothing but an address."""
WAIT: Final = frozenset(
    ("TooManyRequestsException", "ThrottlingException", "InternalErrorException", "LimitExceeded",
     "LimitExceededException", "ServiceUnavailable", "InternalFailure")
)  # fmt: skip
NOBODY: Final = frozenset(("UserNotFoundException", "UserNotConfirmedException"))
NOT_AUTHORIZED: Final = "NotAuthorizedException"
RESET: Final = "PasswordResetRequiredException"
WRONG: Final = "Incorrect username or password."
LEFT_THERE: Final = frozenset(("sub", "identities"))


class _Request(msgspec.Struct, frozen=True, rename="camel"):
    password: str | None = None


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    trigger_source: str
    user_name: str
    request: _Request


class _Attribute(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    value: str = ""


class _User(msgspec.Struct, frozen=True, rename="pascal"):
    """What GetUser and AdminGetUser answer."""

    username: str
    user_attributes: tuple[_Attribute, ...] = ()
    attributes: tuple[_Attribute, ...] = ()
    enabled: bool = True
    user_status: str = ""
    factors: tuple[str, ...] = msgspec.field(default=(), name="UserMFASettingList")

    @property
    def by_name(self) -> dict[str, str]:
        return {each.name: each.value for each in (*self.user_attributes, *self.attributes)}


class _Tokens(msgspec.Struct, frozen=True, rename="pascal"):
    access_token: str = ""


class _Step(msgspec.Struct, frozen=True, rename="pascal"):
    """What InitiateAuth and AdminInitiateAuth answer."""

    challenge_name: str = ""
    authentication_result: _Tokens | None = None


class _Fault(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(default="", name="__type")
    message: str = ""


class _SaidNo(Exception):
    """The other side refused: its code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class MigrationFunctions:
    """Answers events of UserMigration with what another Cognito says."""

    def __init__(self, lane: Callable[[], Lane], now_ms: Callable[[], int]) -> None:
        """Ask through a lane for each function."""
        self._lanes = Lanes(lane)
        self._now_ms = now_ms

    async def run(self, invocation: Invocation) -> bytes:
        """Return the user as a reply of UserMigration; one without attributes is nobody."""
        try:
            event = msgspec.json.decode(invocation.event, type=_Event)
        except msgspec.DecodeError as error:
            raise failure("this is no event of UserMigration", "InvalidEvent") from error
        there = self._there(invocation)
        if event.trigger_source == SIGN_IN and event.request.password is not None:
            found = await there.signed_in(event.user_name, event.request.password)
        elif event.trigger_source == FORGOTTEN:
            found = await there.forgotten(event.user_name)
        else:
            raise failure("this function takes events of UserMigration", "InvalidEvent")
        return found or msgspec.json.encode({"response": {}})

    async def hand_over(self, invocation: Invocation) -> None:
        """Do as `run`; nobody hands events of UserMigration over."""
        await self.run(invocation)

    async def close(self) -> None:
        """Close every connection."""
        await self._lanes.close()

    def _there(self, invocation: Invocation) -> "_There":
        target = invocation.function.target
        if not isinstance(target, MigrationTarget):
            raise TypeError(invocation.function.name)
        lane = self._lanes.to(invocation.function)
        return _There(target, lane, self._now_ms, within_s=invocation.within_s)


class _There:
    """The other Cognito, for one event."""

    def __init__(
        self, target: MigrationTarget, lane: Lane, now_ms: Callable[[], int], *, within_s: float
    ) -> None:
        self._target = target
        self._lane = lane
        self._now_ms = now_ms
        self._within_s = within_s

    async def signed_in(self, name: str, password: str) -> bytes | None:
        """Return the user who has this password there."""
        try:
            step = await self._try(name, password)
        except _SaidNo as no:
            if no.code in NOBODY or (no.code == NOT_AUTHORIZED and no.text == WRONG):
                return None
            if no.code == RESET and self._target.pool_id:
                return await self.forgotten(name)
            _broken(no)
        if step.challenge_name == NEW_PASSWORD:
            # A temporary password is right, and still no password: one is set here.
            return await self.forgotten(name)
        if step.authentication_result is not None:
            user: _User | None = await self._own(step.authentication_result.access_token)
        elif step.challenge_name in PROVEN:
            user = await self._named(name)
        else:
            raise failure(f"the sign-in asks for {step.challenge_name or 'nothing'}", "NoProof")
        if user is None:
            return None
        factors = {*user.factors, *({step.challenge_name} & {*CARRIED, "SOFTWARE_TOKEN_MFA"})}
        return self._reply(user, name, factors, status="CONFIRMED")

    async def forgotten(self, name: str) -> bytes | None:
        """Return the user of this name, who is to set a password here."""
        if self._target.pool_id is None:
            return None
        user = await self._named(name)
        if user is None or user.user_status in {"UNCONFIRMED", "EXTERNAL_PROVIDER"}:
            return None
        return self._reply(user, name, {*user.factors}, status="RESET_REQUIRED")

    def _reply(self, user: _User, name: str, factors: set[str], *, status: str) -> bytes:
        carried = tuple(factor for factor in CARRIED if factor in factors)
        if factors and not carried and not self._target.drops_factors:
            raise failure("the user has a second factor that cannot be moved", "SecondFactor")
        attributes = user.by_name
        kept = {
            key: value for key, value in attributes.items()
            if key not in LEFT_THERE and not key.startswith("cognito:")
        }  # fmt: skip
        sub = attributes.get("sub")
        kept["username"] = user.username  # what was typed may be an alias, or in other letters
        answer = msgspec.json.encode(
            {
                "response": {
                    "userAttributes": kept,
                    "finalUserStatus": status,
                    "messageAction": "SUPPRESS",
                }
            }
        )
        return Vouched(answer, sub=sub if self._target.keeps_sub else None, factors=carried)

    async def _try(self, name: str, password: str) -> _Step:
        target = self._target
        parameters = {"USERNAME": name, "PASSWORD": password}
        if target.client_secret is not None:
            parameters["SECRET_HASH"] = secret_hash(
                target.client_secret.reveal(), name, target.client_id
            )
        body: dict[str, Any] = {"ClientId": target.client_id, "AuthParameters": parameters}
        if target.by_admin:
            body |= {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "UserPoolId": target.pool_id}
            answer = await self._call("AdminInitiateAuth", body, signed=True)
        else:
            answer = await self._call("InitiateAuth", body | {"AuthFlow": "USER_PASSWORD_AUTH"})
        return _as(answer, _Step)

    async def _own(self, access_token: str) -> _User:
        try:
            return _as(await self._call("GetUser", {"AccessToken": access_token}), _User)
        except _SaidNo as no:
            _broken(no)

    async def _named(self, name: str) -> _User | None:
        if self._target.pool_id is None:
            raise failure(
                "the user has a second factor: give pool=, key= and secret= to read who it is",
                "NoKeyPair",
            )
        body = {"UserPoolId": self._target.pool_id, "Username": name}
        try:
            found = _as(await self._call("AdminGetUser", body, signed=True), _User)
        except _SaidNo as no:
            if no.code == "UserNotFoundException":
                return None
            _broken(no)
        return found if found.enabled else None

    async def _call(
        self, operation: str, body: Mapping[str, Any], *, signed: bool = False
    ) -> bytes:
        """Return the answer of an operation. Raises _SaidNo; NoAnswer when it may try again."""
        target = self._target
        content = msgspec.json.encode(body)
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": PREFIX + operation,
        }
        if signed:
            if target.access_key is None or target.secret_key is None:
                raise TypeError(operation)
            signer = Signer(
                access_key=target.access_key,
                secret_key=target.secret_key,
                region=target.region,
                service=SERVICE,
            )
            headers = signer.post(target.url, headers, body=content, now_ms=self._now_ms())
        answer = await self._lane.post(target.url, headers, body=content, within_s=self._within_s)
        if answer.status == 200:
            return answer.body
        raise _said_no(answer)


def _said_no(answer: Answer) -> Exception:
    try:
        fault = msgspec.json.decode(answer.body, type=_Fault)
    except msgspec.DecodeError:
        fault = _Fault()
    code = fault.kind.rpartition("#")[2] or f"HTTP {answer.status}"
    if answer.status == 429 or answer.status >= 500 or code in WAIT:
        return NoAnswer(code)
    return _SaidNo(code, fault.message)


def _broken(no: _SaidNo) -> NoReturn:
    """Fail with what the other side said; it is for the operator, and callers may be told less."""
    raise failure(f"{no.code}: {no.text}", no.code) from no


def _as(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError as error:
        raise FunctionUnavailable("the answer is not Cognito's") from error
