"""Sealed bytes: what the database and the callers hold of us without being able to read it.

    plain form    1 | n | key id (n bytes) | nonce (12) | ciphertext | tag (16)
    salted form   2 | n | key id (n bytes) | salt (32)  | ciphertext | tag (16)

AES-256-GCM. Everything before the ciphertext, and the caller's context (table, column, row,
pool …), is authenticated, so a sealed value cannot be moved to another place or another key.
The plain form draws a random nonce and is good for 2^32 messages a key. The salted form derives
a key and nonce for each message from a random salt, for values made by the million. Key levels
and rotation: docs/adr/0012-key-hierarchy.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from poolkeep.base.entropy import Entropy

KEY_BYTES: Final = 32
KEY_ID_CHARS_MAX: Final = 64
_PLAIN: Final = 1
_SALTED: Final = 2
_WRAPPED: Final = 3
_HEAD_BYTES: Final = 2
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_PURPOSE_INFO: Final = b"poolkeep purpose key 1: "
_MESSAGE_INFO: Final = b"poolkeep message key 1"
_WRAP_INFO: Final = b"poolkeep key wrap 1"
_SHA256: Final = SHA256()


class Purpose(StrEnum):
    """What a derived key is for; each purpose has a key of its own."""

    SRP_VERIFIER = "srp-verifier"
    PASSWORD_HASH = "password-hash"
    TOTP = "totp"
    CLIENT_SECRET = "client-secret"
    REFRESH = "refresh"
    SESSION = "session"
    CODES = "codes"
    DEVICE = "device"
    PASSKEY = "passkey"
    FAKE_USER = "fake-user"
    CURSOR = "cursor"
    MESSAGE = "message"
    SIGNING = "signing"
    ACCESS_KEY = "access-key"
    PII = "pii"
    IMPORT = "import"
    IDENTITY_PROVIDER = "identity-provider"
    CERTIFICATE = "certificate"
    FEEDBACK = "feedback"
    KMS = "kms"
    INVOCATION = "invocation"
    OAUTH = "oauth"
    SESSION_TOKEN = "session-token"


class EnvelopeBroken(Exception):
    """These bytes were not sealed with this key, for this context; nothing more is told."""


class Sealer:
    """Seals and opens with one key. Build it once: it keeps the expanded key."""

    __slots__ = ("_cipher", "_head", "_key", "key_id")

    def __init__(self, key: bytes, key_id: str) -> None:
        """Take a 32-byte key and the 1 to 64 ASCII characters that name it."""
        if len(key) != KEY_BYTES:
            raise ValueError("a sealing key has 32 bytes")
        if not key_id or len(key_id) > KEY_ID_CHARS_MAX or not key_id.isascii():
            raise ValueError("a key id has 1 to 64 ASCII characters")
        self.key_id = key_id
        self._key = key
        self._cipher = AESGCM(key)
        self._head = bytes((len(key_id),)) + key_id.encode("ascii")

    def seal(self, plaintext: bytes, *, context: bytes, entropy: Entropy) -> bytes:
        """Return `plaintext` sealed in the plain form."""
        nonce = entropy.bytes(_NONCE_BYTES)
        front = bytes((_PLAIN,)) + self._head + nonce
        return front + self._cipher.encrypt(nonce, plaintext, front + context)

    def seal_salted(self, plaintext: bytes, *, context: bytes, entropy: Entropy) -> bytes:
        """Return `plaintext` sealed in the salted form, for high volumes."""
        salt = entropy.bytes(_SALT_BYTES)
        front = bytes((_SALTED,)) + self._head + salt
        cipher, nonce = message_cipher(self._key, salt)
        return front + cipher.encrypt(nonce, plaintext, front + context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Return what was sealed, in either form; EnvelopeBroken for anything else."""
        end_of_head = 1 + len(self._head)
        if sealed[1:end_of_head] != self._head:
            raise EnvelopeBroken
        match sealed[0]:
            case 1:
                end = end_of_head + _NONCE_BYTES
                cipher, nonce = self._cipher, sealed[end_of_head:end]
            case 2:
                end = end_of_head + _SALT_BYTES
                cipher, nonce = message_cipher(self._key, sealed[end_of_head:end])
            case _:
                raise EnvelopeBroken
        if len(sealed) < end + _TAG_BYTES:
            raise EnvelopeBroken
        try:
            return cipher.decrypt(nonce, sealed[end:], sealed[:end] + context)
        except InvalidTag:
            raise EnvelopeBroken from None


class KeyRing:
    """The versions of one key: the current one seals, all of them open."""

    __slots__ = ("_keys", "_purposes", "_sealers", "current")

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """Take every version by its id, and the id of the one that seals."""
        if current not in keys:
            raise ValueError("the current key is not in the ring")
        self.current = current
        self._keys = dict(keys)
        self._sealers = {key_id: Sealer(key, key_id) for key_id, key in keys.items()}
        self._purposes: dict[str, KeyRing] = {}

    def key(self, key_id: str | None = None) -> bytes:
        """Return a version (the current one by default); EnvelopeBroken for an unknown id."""
        try:
            return self._keys[self.current if key_id is None else key_id]
        except KeyError:
            raise EnvelopeBroken from None

    def key_ids(self) -> tuple[str, ...]:
        """Return the ids of all versions, the current one first."""
        return (self.current, *(key_id for key_id in self._keys if key_id != self.current))

    def purpose(self, label: str) -> "KeyRing":
        """Return the ring of purpose keys derived from each version; made once per label."""
        ring = self._purposes.get(label)
        if ring is None:
            derived = {key_id: purpose_key(key, label) for key_id, key in self._keys.items()}
            ring = self._purposes[label] = KeyRing(derived, self.current)
        return ring

    def seal(self, plaintext: bytes, *, context: bytes, entropy: Entropy) -> bytes:
        """Return `plaintext` sealed with the current version."""
        return self._sealers[self.current].seal(plaintext, context=context, entropy=entropy)

    def seal_salted(self, plaintext: bytes, *, context: bytes, entropy: Entropy) -> bytes:
        """Return `plaintext` sealed with the current version in the salted form."""
        return self._sealers[self.current].seal_salted(plaintext, context=context, entropy=entropy)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Return what any version sealed; EnvelopeBroken for anything else."""
        sealer = self._sealers.get(key_id_of(sealed))
        if sealer is None:
            raise EnvelopeBroken
        return sealer.open(sealed, context=context)

    def needs_rewrap(self, sealed: bytes) -> bool:
        """Say whether `sealed` names another version than the current one."""
        return key_id_of(sealed) != self.current


def key_id_of(sealed: bytes) -> str:
    """Return the key id that an envelope names (not yet proven); EnvelopeBroken without one."""
    if len(sealed) < _HEAD_BYTES or sealed[0] not in {_PLAIN, _SALTED}:
        raise EnvelopeBroken
    end = _HEAD_BYTES + sealed[1]
    if not sealed[1] or len(sealed) < end:
        raise EnvelopeBroken
    try:
        return sealed[_HEAD_BYTES:end].decode("ascii")
    except UnicodeDecodeError:
        raise EnvelopeBroken from None


def purpose_key(pool_key: bytes, label: str) -> bytes:
    """Return the 32-byte key of one purpose; ValueError for a label that `Purpose` lacks."""
    info = _PURPOSE_INFO + Purpose(label).value.encode("ascii")
    return HKDF(_SHA256, KEY_BYTES, None, info).derive(pool_key)


def message_cipher(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """Return the cipher and nonce for the single message that `salt` was drawn for."""
    derived = HKDF(_SHA256, KEY_BYTES + _NONCE_BYTES, salt, _MESSAGE_INFO).derive(key)
    return AESGCM(derived[:KEY_BYTES]), derived[KEY_BYTES:]


def wrap_key(master: bytes, key: bytes, context: bytes) -> bytes:
    """Return a key wrapped under the master key, for one place that `context` names.

    AES-256-SIV (RFC 5297), made for wrapping keys: without randomness, and no loss when the
    same key is wrapped twice.
    """
    head = bytes((_WRAPPED,))
    return head + _wrapper(master).encrypt(key, [head, context])


def unwrap_key(master: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Return the key that was wrapped; EnvelopeBroken for another master key or context."""
    if len(wrapped) <= 1 + _TAG_BYTES or wrapped[0] != _WRAPPED:
        raise EnvelopeBroken
    try:
        return _wrapper(master).decrypt(wrapped[1:], [wrapped[:1], context])
    except InvalidTag:
        raise EnvelopeBroken from None


def _wrapper(master: bytes) -> AESSIV:
    if len(master) != KEY_BYTES:
        raise ValueError("a master key has 32 bytes")
    return AESSIV(HKDF(_SHA256, 2 * KEY_BYTES, None, _WRAP_INFO).derive(master))
