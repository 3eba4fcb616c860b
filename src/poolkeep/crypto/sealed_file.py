"""A file that only its key opens: written and read as a stream, in constant memory.

    head     "poolkeep sealed file", newline | version (1) | length of the lock (2) | lock (JSON)
    chunks   ciphertext of 65,536 bytes | tag (16) …             the last chunk may be shorter

A random file key seals the chunks with AES-256-GCM; the lock holds it, wrapped under a passphrase
(Argon2id) or for the owner of a private key (X25519). The chunks' key is derived from the file key
and the whole head. A chunk's nonce is its number and whether it is the last: a file that was cut,
lengthened, put in another order, or changed in a single bit does not open.
The bytes are described in docs/operating/pool-files.md.
"""

import hashlib
from typing import BinaryIO, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from poolkeep.base.entropy import Entropy
from poolkeep.base.secret import Secret

MAGIC: Final = b"poolkeep sealed file\n"
VERSION: Final = 1
CHUNK_BYTES: Final = 65_536
TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
LOCK_BYTES_MAX: Final = 1_024
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_CHUNK_INFO: Final = b"poolkeep sealed file chunks 1"
_RECIPIENT_INFO: Final = b"poolkeep sealed file recipient 1"
_WRAP_CONTEXT: Final = b"poolkeep sealed file key 1"
_LAST: Final = b"\x01"
_NOT_LAST: Final = b"\x00"


class FileBroken(Exception):
    """The file is not what was written: cut, changed, or no sealed file at all."""


class WrongKey(Exception):
    """This passphrase or private key does not open the file (or its head was changed)."""


class Argon2Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a guess at a passphrase costs. The default takes about half a second and 256 MiB."""

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4


_COST_MAX: Final = Argon2Cost(memory_kib=1024 * 1024, passes=16, lanes=16)
"""A file brings its own cost; beyond this we would be working for whoever made it."""


class PassphraseLock(msgspec.Struct, frozen=True, kw_only=True, tag="passphrase", tag_field="kind"):
    """The file key under a passphrase."""

    kdf: Literal["argon2id"] = "argon2id"
    cost: Argon2Cost
    salt: bytes
    wrapped: bytes


class RecipientLock(msgspec.Struct, frozen=True, kw_only=True, tag="recipient", tag_field="kind"):
    """The file key for the owner of an X25519 private key."""

    recipient: bytes
    ephemeral: bytes
    wrapped: bytes


Lock = PassphraseLock | RecipientLock
_decode_lock = msgspec.json.Decoder(Lock).decode


class Passphrase:
    """Locks and unlocks with a passphrase."""

    def __init__(self, text: Secret[str], cost: Argon2Cost | None = None) -> None:
        """Lock at `cost`; unlocking takes the cost that the file names."""
        self._text = text
        self._cost = cost or Argon2Cost()

    def lock(self, file_key: bytes, entropy: Entropy) -> Lock:
        """Return the lock that holds `file_key`."""
        salt = entropy.bytes(_SALT_BYTES)
        wrapping = self._derive(salt, self._cost)
        return PassphraseLock(cost=self._cost, salt=salt, wrapped=_wrap(wrapping, file_key))

    def unlock(self, lock: Lock) -> bytes:
        """Return the file key; raises WrongKey."""
        if not isinstance(lock, PassphraseLock):
            raise WrongKey("the file was made for a private key, not for a passphrase")
        cost = lock.cost
        named = (cost.memory_kib, cost.passes, cost.lanes)
        most = (_COST_MAX.memory_kib, _COST_MAX.passes, _COST_MAX.lanes)
        if any(not 1 <= given <= limit for given, limit in zip(named, most, strict=True)):
            raise FileBroken("the head names an Argon2 cost that no release writes")
        try:
            wrapping = self._derive(lock.salt, cost)
        except ValueError as error:
            raise FileBroken("the head names an Argon2 cost that no release writes") from error
        return _unwrap(wrapping, lock.wrapped, "the passphrase is wrong")

    def _derive(self, salt: bytes, cost: Argon2Cost) -> bytes:
        function = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        return function.derive(self._text.reveal().encode("utf-8", "surrogatepass"))


class Recipient:
    """Locks for the owner of a private key; cannot unlock."""

    def __init__(self, public: bytes) -> None:
        """Take the recipient's 32-byte public key; ValueError for anything else."""
        self._public = public
        self._key = X25519PublicKey.from_public_bytes(public)

    def lock(self, file_key: bytes, entropy: Entropy) -> Lock:
        """Return the lock that holds `file_key`, under a key pair made for this file."""
        ephemeral = X25519PrivateKey.from_private_bytes(entropy.bytes(KEY_BYTES))
        public = ephemeral.public_key().public_bytes_raw()
        wrapping = _agreed(ephemeral, self._key, public + self._public)
        return RecipientLock(
            recipient=self._public, ephemeral=public, wrapped=_wrap(wrapping, file_key)
        )


class PrivateKey:
    """Unlocks what was locked for its `Recipient`."""

    def __init__(self, private: Secret[bytes]) -> None:
        """Take the 32-byte private key; ValueError for anything else."""
        self._key = X25519PrivateKey.from_private_bytes(private.reveal())

    @property
    def public(self) -> bytes:
        """The public key that others lock with."""
        return self._key.public_key().public_bytes_raw()

    def unlock(self, lock: Lock) -> bytes:
        """Return the file key; raises WrongKey."""
        if not isinstance(lock, RecipientLock):
            raise WrongKey("the file was made with a passphrase, not for a private key")
        if lock.recipient != self.public:
            raise WrongKey("the file was made for another private key")
        try:
            theirs = X25519PublicKey.from_public_bytes(lock.ephemeral)
            wrapping = _agreed(self._key, theirs, lock.ephemeral + lock.recipient)
        except ValueError as error:
            raise FileBroken("the head holds no usable key") from error
        return _unwrap(wrapping, lock.wrapped, "the private key does not open the file")


Locker = Passphrase | Recipient
Unlocker = Passphrase | PrivateKey


class SealedWriter:
    """Writes a sealed file. What is written counts only once `finish` has returned."""

    def __init__(self, file: BinaryIO, locker: Locker, entropy: Entropy) -> None:
        """Write the head to `file`."""
        file_key = entropy.bytes(KEY_BYTES)
        lock = msgspec.json.encode(locker.lock(file_key, entropy))
        head = MAGIC + bytes((VERSION,)) + len(lock).to_bytes(2, "big") + lock
        file.write(head)
        self._file = file
        self._cipher = _chunk_cipher(file_key, head)
        self._number = 0
        self._pending = bytearray()

    def write(self, data: bytes) -> None:
        """Add `data`; full chunks go out, the last one waits for `finish`."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._chunk(_NOT_LAST)

    def finish(self) -> None:
        """Write the last chunk."""
        self._chunk(_LAST)

    def _chunk(self, last: bytes) -> None:
        plain = bytes(self._pending[:CHUNK_BYTES])
        del self._pending[:CHUNK_BYTES]
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), plain, None))
        self._number += 1


class SealedReader:
    """Reads a sealed file from its beginning; every byte it returns is authentic."""

    def __init__(self, file: BinaryIO, unlocker: Unlocker) -> None:
        """Read the head and unlock it. Raises FileBroken or WrongKey."""
        head, lock = _read_head(file)
        self._cipher = _chunk_cipher(unlocker.unlock(lock), head)
        self._file = file
        self._number = 0
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._ready = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; raises FileBroken where there are fewer."""
        while len(self._ready) - self._at < size:
            if not self._more():
                raise FileBroken("the file ends too early")
        data = self._ready[self._at : self._at + size]
        self._at += size
        return data

    def at_end(self) -> bool:
        """Tell whether everything was read; True also proves that nothing was cut off."""
        return self._at == len(self._ready) and not self._more()

    def _more(self) -> bool:
        """Open one chunk more; False after the last."""
        chunk = self._next
        if not chunk:
            return False
        self._next = self._file.read(CHUNK_BYTES + TAG_BYTES)
        last = _NOT_LAST if self._next else _LAST
        try:
            plain = self._cipher.decrypt(_nonce(self._number, last), chunk, None)
        except InvalidTag:
            raise FileBroken(
                f"chunk {self._number} was changed, moved, or what follows was cut off"
            ) from None
        self._number += 1
        self._ready = self._ready[self._at :] + plain
        self._at = 0
        return True


def lock_of(file: BinaryIO) -> Lock:
    """Return how a file is locked, before it is opened; nothing of it is proven."""
    return _read_head(file)[1]


def _read_head(file: BinaryIO) -> tuple[bytes, Lock]:
    front = file.read(len(MAGIC) + 3)
    if len(front) != len(MAGIC) + 3 or not front.startswith(MAGIC):
        raise FileBroken("this is not a sealed file of poolkeep")
    if front[len(MAGIC)] != VERSION:
        raise FileBroken(f"the file has format {front[len(MAGIC)]}, this release reads {VERSION}")
    size = int.from_bytes(front[-2:], "big")
    if size > LOCK_BYTES_MAX:
        raise FileBroken("the head is too long")
    text = file.read(size)
    try:
        return front + text, _decode_lock(text)
    except msgspec.MsgspecError as error:
        raise FileBroken("the head cannot be read") from error


def _chunk_cipher(file_key: bytes, head: bytes) -> AESGCM:
    salt = hashlib.sha256(head).digest()
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, _CHUNK_INFO).derive(file_key))


def _nonce(number: int, last: bytes) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + last


def _agreed(ours: X25519PrivateKey, theirs: X25519PublicKey, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, _RECIPIENT_INFO).derive(ours.exchange(theirs))


def _wrap(wrapping: bytes, file_key: bytes) -> bytes:
    """Wrap under a key that is made for this one file, so that a constant nonce is right."""
    return AESGCM(wrapping).encrypt(bytes(_NONCE_BYTES), file_key, _WRAP_CONTEXT)


def _unwrap(wrapping: bytes, wrapped: bytes, told: str) -> bytes:
    try:
        return AESGCM(wrapping).decrypt(bytes(_NONCE_BYTES), wrapped, _WRAP_CONTEXT)
    except (InvalidTag, ValueError):
        raise WrongKey(f"{told}, or the file's head was changed") from None
