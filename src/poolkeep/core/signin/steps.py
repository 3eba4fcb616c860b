"""What the machine can say. Effects are values: the service carries them out and resumes.

Ask            the caller owes a proof
SendCode       a code is to be sent, and then asked for
Load           more must be known of the user's factors
Resume         go on, as if the request had brought other parameters
Consult        a function is to be asked; its reply counts as `proof`, or resumes the machine
Proven         an answer is right: it is used up before anything follows from it
CheckPassword  a password is to be checked (a slow hash may need a thread)
ChangePassword a new password is to be hashed and saved
Complete       nothing is owed any more
Refuse         the answer is no; a value, so that failures are counted before anyone raises
"""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from poolkeep.base.refusal import Refusal
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.marks import Mark
from poolkeep.core.triggers.sources import Trigger, Wire
from poolkeep.core.users.model import User


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A challenge. `in_block`: the handle goes out as SECRET_BLOCK; `in_session`: as Session.

    `addressed`: the Session tells by itself which client it belongs to.
    """

    attempt: Attempt
    challenge: str
    parameters: Mapping[str, str]
    in_block: bool = False
    in_session: bool = True
    addressed: bool = False
    available: tuple[str, ...] | None = None


class SendCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code to `destination` (EMAIL or SMS), to be answered as `challenge`.

    `pretended`: to nobody, so that none is sent, and no answer is right.
    """

    attempt: Attempt
    challenge: str
    medium: str
    destination: str
    digits: int
    parameters: Mapping[str, str]
    available: tuple[str, ...] | None = None
    pretended: bool = False


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A look at the user's factors; the machine then goes on with what is owed next."""

    attempt: Attempt
    need: Need


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """A choice, to be carried out as if `given` had been the parameters of the request."""

    attempt: Attempt
    given: Mapping[str, str]

    def __repr__(self) -> str:
        """Never show what was given: a password may be among it."""
        return "Resume(***)"


class Consult(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a function."""

    attempt: Attempt
    trigger: Trigger
    source: str
    request: Wire
    reply: type[Wire]
    proof: Proof | None = None


class CheckPassword(msgspec.Struct, frozen=True, kw_only=True):
    """A password against the user's, or against nobody's."""

    attempt: Attempt
    password: str

    def __repr__(self) -> str:
        """Never show the password."""
        return "CheckPassword(***)"


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A right answer, whose handle is not used up yet.

    `guard` names the lock under which it was given; `marks` and the changed `user` are written
    with the handle.
    """

    attempt: Attempt
    guard: str | None = None
    marks: tuple[Mark, ...] = ()
    user: User | None = None


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    """A new password in place of a temporary one, with attributes that come along."""

    attempt: Attempt
    password: str
    attributes: Mapping[str, str]

    def __repr__(self) -> str:
        """Never show the password."""
        return "ChangePassword(***)"


class Complete(msgspec.Struct, frozen=True, kw_only=True):
    """Every owed proof is there."""

    attempt: Attempt


class Refuse(msgspec.Struct, frozen=True, kw_only=True):
    """No. `counts`: the lock that a failure counts for; `spends`: the handle is used up by it."""

    refusal: Refusal
    counts: str | None = None
    spends: bool = False


Effect: TypeAlias = SendCode | Load | Resume | Consult | CheckPassword | Proven | ChangePassword
"""What is carried out, so that the machine can go on."""

Step: TypeAlias = Effect | Ask | Complete | Refuse
