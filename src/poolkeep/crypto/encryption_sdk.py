"""Messages of the AWS Encryption SDK: written here, read by whoever has the data key.

    header   version, suite, message id, encryption context, encrypted data key, authentication
    body     one final frame (what we send is short)
    footer   ECDSA P-384 signature over all of it, whose public key stands in the context

Suite 0x0378 is message format 1, suite 0x0578 is format 2, which also commits to its data key.
Both encrypt with AES-256-GCM under a key that HKDF derives from the data key.
Source: the AWS Encryption SDK developer guide, message format reference; docs/adr/0019.
"""

import base64
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from poolkeep.base.entropy import Entropy

SUITE: Final = 0x0378
COMMITTING_SUITE: Final = 0x0578
PROVIDER: Final = b"aws-kms"
PUBLIC_KEY: Final = "aws-crypto-public-key"
PLAINTEXT_BYTES_MAX: Final = 4096
"""What fits into the one frame that we write."""

_FRAMED: Final = 2
_CUSTOMER_DATA: Final = 0x80
_KEY_BYTES: Final = 32
_IV_BYTES: Final = 12
_FIRST: Final = 1
_FINAL_FRAME: Final = 0xFFFFFFFF
_BODY: Final = b"AWSKMSEncryptionClient Final Frame"


class DataKey(NamedTuple):
    """A key for one message: in the clear, and as only its provider can open it."""

    plaintext: bytes
    encrypted: bytes


DataKeys: TypeAlias = Callable[[Mapping[str, str]], Awaitable[DataKey]]
"""Gives a fresh key that is bound to an encryption context."""


async def encrypt(
    plaintext: bytes,
    *,
    context: Mapping[str, str],
    key_name: str,
    data_key: DataKeys,
    entropy: Entropy,
    committing: bool = False,
) -> bytes:
    """Return `plaintext` as a message under a data key of the KMS key `key_name`."""
    if len(plaintext) > PLAINTEXT_BYTES_MAX:
        raise ValueError("a message holds at most 4096 bytes")
    signer = ec.derive_private_key(_scalar(entropy), ec.SECP384R1())
    public = signer.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    told = {**context, PUBLIC_KEY: base64.b64encode(public).decode()}
    key = await data_key(told)
    message_id = entropy.bytes(32 if committing else 16)
    suite = struct.pack(">H", COMMITTING_SUITE if committing else SUITE)
    form = b"\x02" if committing else bytes((1, _CUSTOMER_DATA))
    keys = b"".join(map(_counted, (PROVIDER, key_name.encode(), key.encrypted)))
    header = form + suite + message_id + _counted(_pairs(told)) + struct.pack(">H", 1) + keys
    if committing:
        derived = _derived(SHA512(), key.plaintext, suite + b"DERIVEKEY", salt=message_id)
        commitment = _derived(SHA512(), key.plaintext, b"COMMITKEY", salt=message_id)
        header += struct.pack(">BI", _FRAMED, PLAINTEXT_BYTES_MAX) + commitment
    else:
        derived = _derived(SHA384(), key.plaintext, suite + message_id, salt=None)
        header += struct.pack(">BIBI", _FRAMED, 0, _IV_BYTES, PLAINTEXT_BYTES_MAX)
    cipher = AESGCM(derived)
    zero = bytes(_IV_BYTES)  # no other text is ever encrypted under this key and this number
    authentication = (b"" if committing else zero) + cipher.encrypt(zero, b"", header)
    signed = header + authentication + _frame(cipher, message_id, plaintext)
    return signed + _counted(signer.sign(signed, ec.ECDSA(SHA384())))


def _frame(cipher: AESGCM, message_id: bytes, plaintext: bytes) -> bytes:
    number = struct.pack(">I", _FIRST)
    iv = number.rjust(_IV_BYTES, b"\0")
    bound = message_id + _BODY + number + struct.pack(">Q", len(plaintext))
    front = struct.pack(">I", _FINAL_FRAME) + number + iv + struct.pack(">I", len(plaintext))
    return front + cipher.encrypt(iv, plaintext, bound)


def _pairs(context: Mapping[str, str]) -> bytes:
    """Return an encryption context in the order of its keys' bytes."""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    texts = (_counted(name) + _counted(value) for name, value in pairs)
    return struct.pack(">H", len(pairs)) + b"".join(texts)


def _counted(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _derived(digest: HashAlgorithm, key: bytes, info: bytes, *, salt: bytes | None) -> bytes:
    return HKDF(digest, length=_KEY_BYTES, salt=salt, info=info).derive(key)


def _scalar(entropy: Entropy) -> int:
    """Return a private key: 64 more bits than its order has, so that the remainder is even."""
    order = int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
        "581a0db248b0a77aecec196accc52973",
        16,
    )
    return int.from_bytes(entropy.bytes(56), "big") % (order - 1) + 1
