"""Pool files and the keys for them, on disk.

A file gets its name only when it is whole and durable; until then it has a name of its own beside
it. Nothing that exists is ever overwritten.
"""

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from poolkeep.base.entropy import Entropy
from poolkeep.base.secret import Secret
from poolkeep.crypto.sealed_file import KEY_BYTES, PrivateKey, Recipient, SealedReader, Unlocker

PRIVATE_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644
PRIVATE_WORD: Final = "poolkeep-private-key-1"
PUBLIC_WORD: Final = "poolkeep-public-key-1"
PUBLIC_SUFFIX: Final = ".pub"
READ_BYTES: Final = 1024 * 1024


class FileUnusable(Exception):
    """A file cannot be read, made, or does not hold what is asked of it; with advice."""


@contextmanager
def new_file(path: Path, entropy: Entropy, mode: int = PRIVATE_MODE) -> Iterator[BinaryIO]:
    """Open a file that appears at `path` when the block ends well, and leaves nothing otherwise."""
    temporary = path.with_name(f".{path.name}.{entropy.bytes(8).hex()}.part")
    if path.exists():
        raise FileUnusable(f"{path} exists; it is not overwritten. Choose another name.")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be made: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb", buffering=READ_BYTES) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # fails when the name was taken meanwhile
        _sync(path.parent)
    except FileExistsError as error:
        raise FileUnusable(f"{path} exists; it is not overwritten. Choose another name.") from error
    except OSError as error:
        raise FileUnusable(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def opened_file(path: Path, unlocker: Unlocker) -> Iterator[SealedReader]:
    """Open a sealed file at its beginning. Raises FileBroken or WrongKey while it is read."""
    try:
        with path.open("rb", buffering=READ_BYTES) as file:
            if not file.seekable():
                raise FileUnusable(f"{path} is read twice: a pipe will not do")
            yield SealedReader(file, unlocker)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}") from error


def make_key_files(path: Path, entropy: Entropy) -> Path:
    """Make a private key at `path` and its public half beside it; return where that is."""
    public_path = path.with_name(path.name + PUBLIC_SUFFIX)
    if public_path.exists():
        raise FileUnusable(f"{public_path} exists; it is not overwritten. Choose another name.")
    private = Secret(entropy.bytes(KEY_BYTES))
    public = PrivateKey(private).public
    with new_file(path, entropy) as file:
        file.write(_line(PRIVATE_WORD, private.reveal()))
    with new_file(public_path, entropy, PUBLIC_MODE) as file:
        file.write(_line(PUBLIC_WORD, public))
    return public_path


def read_recipient(path: Path) -> Recipient:
    """Return who can open a file; takes the public half, and the private one too."""
    word, key = _read(path)
    return Recipient(PrivateKey(Secret(key)).public if word == PRIVATE_WORD else key)


def read_private_key(path: Path) -> PrivateKey:
    """Return the key that opens files. Others must not be able to read it."""
    word, key = _read(path)
    if word != PRIVATE_WORD:
        raise FileUnusable(f"{path} holds the public half; restoring takes the private key")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise FileUnusable(f"{path} has mode {mode:04o}: others can read it; run chmod 600 {path}")
    return PrivateKey(Secret(key))


def _line(word: str, key: bytes) -> bytes:
    return f"{word} {base64.b64encode(key).decode()}\n".encode()


def _read(path: Path) -> tuple[str, bytes]:
    try:
        word, _, text = path.read_text("ascii").strip().partition(" ")
        key = base64.b64decode(text, validate=True)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, binascii.Error):
        word, key = "", b""
    if word not in {PRIVATE_WORD, PUBLIC_WORD} or len(key) != KEY_BYTES:
        raise FileUnusable(f"{path} is not a key file: make one with `poolkeep keys recipient`")
    return word, key


def _sync(folder: Path) -> None:
    """Make a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
