"""The master key in a file of mode 0600 that is not in the database.

The file holds 32 bytes as base64 on one line. Local mode makes it at first start, beside the
data; production brings its own.
"""

import base64
import binascii
import os
from pathlib import Path

from poolkeep.base.entropy import Entropy
from poolkeep.crypto.envelope import KEY_BYTES, unwrap_key, wrap_key

PRIVATE_MODE = 0o600


class MasterKeyUnusable(Exception):
    """The file is missing, readable by others, or does not hold a key."""


class FileKeyKeeper:
    """Wraps and unwraps pool keys under the key of one file."""

    def __init__(self, master: bytes) -> None:
        """Use `master`, 32 bytes."""
        self._master = master

    def wrap(self, key: bytes, context: str) -> bytes:
        """Return `key` wrapped for one place."""
        return wrap_key(self._master, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Return the key; raises EnvelopeBroken under another master key."""
        return unwrap_key(self._master, wrapped, context.encode())


def read_master_key(path: Path) -> bytes:
    """Return the key; raises MasterKeyUnusable and says what to do."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        message = f"{path} does not exist: restore it from your backup of the master key"
        raise MasterKeyUnusable(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise MasterKeyUnusable(message) from error
    if mode & 0o077:
        message = f"{path} has mode {mode:04o}: others can read it; run chmod 600 {path}"
        raise MasterKeyUnusable(message)
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{path} does not hold a master key (32 bytes as base64)"
        raise MasterKeyUnusable(message)
    return key


def make_master_key(path: Path, entropy: Entropy) -> bytes:
    """Make the file with a new key, mode 0600; another process may win, then its key counts."""
    key = entropy.bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by process id: in a container that comes again, and a killed start leaves its file.
    temporary = path.with_name(f"{path.name}.{entropy.bytes(8).hex()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(key).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails when the file is there: never overwrite a master key
    except FileExistsError:
        return read_master_key(path)
    finally:
        temporary.unlink()
    _sync(path.parent)
    return key


def _sync(folder: Path) -> None:
    """Make a new name in a folder durable: what is sealed under the key soon will be."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
