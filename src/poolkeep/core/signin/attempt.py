"""A sign-in under way: who, at which client, what was proven, what is awaited, until when."""

from enum import StrEnum

import msgspec

from poolkeep.core.passkeys.model import Place

VERSION = 1


class Flow(StrEnum):
    """How a sign-in begins."""

    USER_PASSWORD_AUTH = "USER_PASSWORD_AUTH"
    ADMIN_USER_PASSWORD_AUTH = "ADMIN_USER_PASSWORD_AUTH"
    USER_SRP_AUTH = "USER_SRP_AUTH"
    CUSTOM_AUTH = "CUSTOM_AUTH"
    USER_AUTH = "USER_AUTH"


class Proof(StrEnum):
    """What an attempt has behind it."""

    MIGRATION = "migration"
    PRE_AUTHENTICATION = "pre-authentication"
    FIRST_FACTOR = "first-factor"
    PASSWORD_CHANGED = "password-changed"
    DEVICE = "device"
    SECOND_FACTOR = "second-factor"
    POST_AUTHENTICATION = "post-authentication"


class SrpState(msgspec.Struct, frozen=True, kw_only=True):
    """Both moves of an SRP exchange: big-endian numbers; `b` is why a handle is sealed."""

    a_public: bytes
    b_public: bytes
    b_secret: bytes


class CodeState(msgspec.Struct, frozen=True, kw_only=True):
    """A code on its way: the keyed hash of it, and the address that a right answer verifies."""

    digest: bytes
    medium: str
    destination: str


class SetupState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A second factor that is being set up: an app's seed, proven or not yet, or an address."""

    seed: bytes = b""
    is_proven: bool = False
    email: str | None = None
    phone_number: str | None = None

    def __repr__(self) -> str:
        """Never show the seed."""
        return "SetupState(***)"


class CustomRound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finished step of custom authentication, as DefineAuthChallenge sees it."""

    challenge_name: str
    challenge_result: bool
    challenge_metadata: str | None = None


class CustomState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where custom authentication stands; the private parameters never leave the handle.

    `challenge_name` is what DefineAuthChallenge asked for and nobody has answered yet, `answer`
    what VerifyAuthChallengeResponse has not judged yet, `srp_a` the caller's A for an SRP step.
    `issues` says that the functions are content.
    """

    rounds: tuple[CustomRound, ...] = ()
    challenge_name: str | None = None
    private_parameters: dict[str, str] = {}
    metadata: str | None = None
    answer: str | None = None
    srp_a: str | None = None
    issues: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt. Times in ms.

    `name` is what the caller typed, `username` what the pool calls the user (a decoy's stable
    name when there is no such user, and then `user_id` is None). `factors` lists the proofs for
    the tokens, in order; `credential_mark` tells which password a new one may replace.
    `available` lists the answers that SELECT_CHALLENGE or SELECT_MFA_TYPE offered.
    `named_device` is the device that the caller claims to be, `device_key` the one that it is;
    `device_srp_a` is a device's A that waits for an answer.
    `target_acr_values` and `max_age_s` are what step-up asks for, `goal` is the level that it aims
    at, `held` the one that the caller's access token has, `user_verified` tells that a
    passkey's own check of its user came along, `kept` that all else of it is in the store;
    `passkey_place` is the hosted page that passkeys are used on;
    `authorization_request` binds an attempt of the hosted pages to its request, and
    `sso_session_id` to the browser session.
    """

    version: int = VERSION
    handle: str
    kept: bool = False
    flow: Flow
    by_admin: bool = False
    client_id: str
    name: str
    username: str
    user_id: str | None
    started_ms: int
    expires_ms: int
    event_id: str
    proofs: tuple[Proof, ...] = ()
    factors: tuple[str, ...] = ()
    awaiting: str | None = None
    srp: SrpState | None = None
    available: tuple[str, ...] = ()
    code: CodeState | None = None
    setup: SetupState | None = None
    custom: CustomState | None = None
    passkey_challenge: bytes | None = None
    passkey_place: Place | None = None
    user_verified: bool = False
    named_device: str | None = None
    device_key: str | None = None
    device_srp_a: bytes | None = None
    target_acr_values: str | None = None
    goal: int | None = None
    held: int | None = None
    max_age_s: int | None = None
    credential_mark: bytes | None = None
    authorization_request: str | None = None
    sso_session_id: str | None = None

    def proved(self, proof: Proof, factor: str | None = None) -> "Attempt":
        """Return the attempt with one more proof, and nothing awaited."""
        factors = self.factors if factor is None else (*self.factors, factor)
        return msgspec.structs.replace(
            self,
            proofs=(*self.proofs, proof),
            factors=factors,
            awaiting=None,
            available=(),
            srp=None,
            code=None,
            setup=None,
            passkey_challenge=None,
        )
