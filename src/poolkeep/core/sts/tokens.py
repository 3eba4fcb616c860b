"""Session tokens: temporary credentials that any node checks without asking a database.

    token = base64( envelope( session and secret ) )

The envelope is authenticated and of the installation's own key, so what it tells of its holder is
true as long as it opens; it opens for as long as a version of the key lives. What may be done with
it is asked of IAM each time, which is how a session is taken back.
"""

import base64
import binascii
from collections import OrderedDict
from typing import Final, Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy, text
from poolkeep.base.ids import LOWER, UPPER
from poolkeep.base.secret import Secret
from poolkeep.core.sts import wording
from poolkeep.core.sts.model import IssuedSession, Session
from poolkeep.core.sts.refusals import SessionExpired, SessionUnknown
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

PREFIX: Final = "ASIA"
ID_ALPHABET: Final = UPPER + "234567"
ID_CHARACTERS: Final = 16
SECRET_ALPHABET: Final = UPPER + LOWER + "0123456789+/"
SECRET_CHARACTERS: Final = 40
CHARACTERS_MAX: Final = 65_536
REMEMBERED_MAX: Final = 1_024
CONTEXT: Final = "sts/session"


class Keys(Protocol):
    """Seals under the installation's key."""

    def seal_salted(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        """Return an envelope."""
        ...

    def open(self, purpose: str, sealed: bytes, *, context: str) -> bytes:
        """Return the plaintext; raises EnvelopeBroken."""
        ...


class _Sealed(msgspec.Struct, frozen=True):
    session: Session
    secret: str


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Sealed)


class SessionTokens:
    """Makes session tokens, and opens them."""

    def __init__(self, keys: Keys, *, clock: Clock, entropy: Entropy) -> None:
        """Seal with `keys`; `clock` is the one by which sessions end."""
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._opened: OrderedDict[str, IssuedSession] = OrderedDict()

    def new_id(self) -> str:
        """Return the id of a temporary key."""
        return PREFIX + text(self._entropy, ID_ALPHABET, ID_CHARACTERS)

    def issue(self, session: Session) -> IssuedSession:
        """Return credentials for a session."""
        secret = text(self._entropy, SECRET_ALPHABET, SECRET_CHARACTERS)
        plain = _ENCODER.encode(_Sealed(session, secret))
        sealed = self._keys.seal_salted(Purpose.SESSION_TOKEN, plain, context=CONTEXT)
        token = base64.b64encode(sealed).decode("ascii")
        return IssuedSession(session=session, secret=Secret(secret), token=Secret(token))

    def open(self, token: str) -> IssuedSession:
        """Return what a token holds. Raises SessionUnknown and SessionExpired."""
        opened = self.peek(token)
        if opened is None:
            raise SessionUnknown(wording.UNKNOWN)
        if opened.session.expires_ms <= self._clock.now_ms():
            raise SessionExpired(wording.EXPIRED)
        return opened

    def peek(self, token: str) -> IssuedSession | None:
        """Return what a token holds, ended or not; None when it is not ours.

        Remembered: who has a session signs many requests. What a token holds never changes.
        """
        opened = self._opened.get(token)
        if opened is None and (opened := self._unsealed(token)) is not None:
            self._opened[token] = opened
            if len(self._opened) > REMEMBERED_MAX:
                self._opened.popitem(last=False)
        elif opened is not None:
            self._opened.move_to_end(token)
        return opened

    def _unsealed(self, token: str) -> IssuedSession | None:
        if len(token) > CHARACTERS_MAX:
            return None
        try:
            sealed = base64.b64decode(token, validate=True)
            if base64.b64encode(sealed).decode("ascii") != token:
                return None  # one session, one spelling
            plain = self._keys.open(Purpose.SESSION_TOKEN, sealed, context=CONTEXT)
            held = _DECODER.decode(plain)
        except (binascii.Error, ValueError, EnvelopeBroken, IndexError, msgspec.DecodeError):
            return None
        return IssuedSession(session=held.session, secret=Secret(held.secret), token=Secret(token))
