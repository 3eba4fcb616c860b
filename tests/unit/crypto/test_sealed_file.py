"""A sealed file opens for its key alone, and only as it was written."""

import io
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.secret import Secret
from poolkeep.crypto.sealed_file import (
    CHUNK_BYTES,
    MAGIC,
    TAG_BYTES,
    Argon2Cost,
    FileBroken,
    Locker,
    Passphrase,
    PassphraseLock,
    PrivateKey,
    Recipient,
    SealedReader,
    SealedWriter,
    Unlocker,
    WrongKey,
    lock_of,
)

CHEAP: Final = Argon2Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE: Final = Passphrase(Secret("correct horse battery"), CHEAP)
OWNER: Final = PrivateKey(Secret(bytes(range(32))))
SEALED_CHUNK: Final = CHUNK_BYTES + TAG_BYTES


def sealed(data: bytes, locker: Locker = PASSPHRASE, *, pieces: int = 7_001) -> bytes:
    """Return `data` as a sealed file, written in pieces."""
    out = io.BytesIO()
    writer = SealedWriter(out, locker, SeededEntropy("file"))
    for start in range(0, len(data), pieces):
        writer.write(data[start : start + pieces])
    writer.finish()
    return out.getvalue()


def opened(file: bytes, unlocker: Unlocker = PASSPHRASE, *, size: int) -> bytes:
    """Return what is in a sealed file."""
    reader = SealedReader(io.BytesIO(file), unlocker)
    data = reader.read(size)
    assert reader.at_end()
    return data


def head_bytes(file: bytes) -> int:
    at = len(MAGIC) + 1
    return at + 2 + int.from_bytes(file[at : at + 2], "big")


@pytest.mark.parametrize(
    "size",
    [1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_000],
)
@pytest.mark.parametrize(
    "keys", [(PASSPHRASE, PASSPHRASE), (Recipient(OWNER.public), OWNER)], ids=["phrase", "key"]
)
def test_a_file_comes_back_whole(size: int, keys: tuple[Locker, Unlocker]) -> None:
    data = bytes(i % 251 for i in range(size))
    assert opened(sealed(data, keys[0]), keys[1], size=size) == data


@pytest.mark.parametrize(
    "other",
    [
        Passphrase(Secret("correct horse batterY"), CHEAP),
        Passphrase(Secret(""), CHEAP),
        OWNER,
    ],
)
def test_another_key_opens_nothing(other: Unlocker) -> None:
    with pytest.raises(WrongKey):
        SealedReader(io.BytesIO(sealed(b"data")), other)


def test_another_private_key_opens_nothing() -> None:
    file = sealed(b"data", Recipient(OWNER.public))
    for other in (PrivateKey(Secret(bytes(32))), PASSPHRASE):
        with pytest.raises(WrongKey):
            SealedReader(io.BytesIO(file), other)


def test_every_flipped_bit_of_the_head_is_refused() -> None:
    for locker, unlocker in ((PASSPHRASE, PASSPHRASE), (Recipient(OWNER.public), OWNER)):
        file = sealed(b"some data", locker)
        for at in range(head_bytes(file)):
            for bit in (1, 0x10):
                changed = bytearray(file)
                changed[at] ^= bit
                with pytest.raises((FileBroken, WrongKey)):
                    opened(bytes(changed), unlocker, size=9)


@given(st.data())
def test_every_flipped_bit_of_the_chunks_is_refused(data: st.DataObject) -> None:
    file = _LONG
    at = data.draw(st.integers(head_bytes(file), len(file) - 1))
    changed = bytearray(file)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(FileBroken):
        opened(bytes(changed), size=_LONG_BYTES)


@given(st.integers(0, 210_000))
def test_every_cut_is_refused(left: int) -> None:
    file = _LONG[: min(left, len(_LONG) - 1)]
    with pytest.raises((FileBroken, WrongKey)):
        opened(file, size=_LONG_BYTES)


def test_a_cut_between_chunks_is_noticed_even_when_nothing_more_is_asked_for() -> None:
    start = head_bytes(_LONG)
    reader = SealedReader(io.BytesIO(_LONG[: start + 2 * SEALED_CHUNK]), PASSPHRASE)
    reader.read(CHUNK_BYTES)
    with pytest.raises(FileBroken):
        reader.at_end()


def test_chunks_in_another_order_are_refused() -> None:
    start = head_bytes(_LONG)
    first = _LONG[start : start + SEALED_CHUNK]
    second = _LONG[start + SEALED_CHUNK : start + 2 * SEALED_CHUNK]
    rest = _LONG[start + 2 * SEALED_CHUNK :]
    for body in (second + first + rest, first + first + rest, second + rest, first + second * 2):
        with pytest.raises(FileBroken):
            opened(_LONG[:start] + body, size=len(body))


def test_bytes_behind_the_end_are_refused() -> None:
    for more in (b"\0", b"\0" * SEALED_CHUNK):
        with pytest.raises(FileBroken):
            opened(sealed(b"data") + more, size=4)


def test_chunks_of_another_file_of_the_same_key_are_refused() -> None:
    one = io.BytesIO()
    writer = SealedWriter(one, PASSPHRASE, SeededEntropy("other"))
    writer.write(b"data")
    writer.finish()
    theirs, ours = one.getvalue(), sealed(b"data")
    with pytest.raises(FileBroken):
        opened(ours[: head_bytes(ours)] + theirs[head_bytes(theirs) :], size=4)


def test_more_than_is_there_cannot_be_read() -> None:
    with pytest.raises(FileBroken):
        SealedReader(io.BytesIO(sealed(b"data")), PASSPHRASE).read(5)


@pytest.mark.parametrize(
    "cost",
    [
        Argon2Cost(memory_kib=2 * 1024 * 1024, passes=1, lanes=1),
        Argon2Cost(memory_kib=64, passes=1_000, lanes=1),
        Argon2Cost(memory_kib=64, passes=1, lanes=100),
        Argon2Cost(memory_kib=64, passes=0, lanes=1),
        Argon2Cost(memory_kib=1, passes=1, lanes=8),
    ],
)
def test_a_file_does_not_make_us_work_without_bounds(cost: Argon2Cost) -> None:
    file = sealed(b"data")
    lock = lock_of(io.BytesIO(file))
    assert isinstance(lock, PassphraseLock)
    text = msgspec.json.encode(msgspec.structs.replace(lock, cost=cost))
    forged = file[: len(MAGIC) + 1] + len(text).to_bytes(2, "big") + text
    with pytest.raises(FileBroken):
        SealedReader(io.BytesIO(forged), PASSPHRASE)


@pytest.mark.parametrize(
    "data", [b"", MAGIC, MAGIC + b"\2\0\0", b"PK\3\4" * 20, MAGIC + b"\1\xff\xff"]
)
def test_what_is_no_sealed_file_is_told(data: bytes) -> None:
    with pytest.raises(FileBroken):
        SealedReader(io.BytesIO(data), PASSPHRASE)


def test_two_files_of_one_passphrase_share_no_key() -> None:
    files = []
    for seed in ("a", "b"):
        out = io.BytesIO()
        writer = SealedWriter(out, PASSPHRASE, SeededEntropy(seed))
        writer.write(b"data")
        writer.finish()
        files.append(out.getvalue())
    assert files[0][-20:] != files[1][-20:]
    assert lock_of(io.BytesIO(files[0])) != lock_of(io.BytesIO(files[1]))


_LONG_BYTES: Final = 200_000
_LONG: Final = sealed(bytes(i % 253 for i in range(_LONG_BYTES)))
