"""A passkey's keeper in software, which can also misbehave in every way that a test asks for.

It does what browser and authenticator do together: it takes the server's options and returns the
credential's JSON. Every part of what it says can be replaced before it signs.
"""

import base64
import dataclasses
import hashlib
import json
import os
import struct
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from fido2 import cbor

Json = Any
ES256: Final = -7
RS256: Final = -257
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
AAGUID: Final = bytes(16)


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclasses.dataclass
class Passkey:
    """A key of one user for one relying party."""

    id: bytes
    private: Any
    party: str
    user_handle: bytes
    count: int = 0

    def sign(self, message: bytes) -> bytes:
        """Sign as the key's algorithm does."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        signed: bytes = self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return signed


@dataclasses.dataclass(kw_only=True)
class Authenticator:
    """Keeps passkeys. `counts`: whether it has a signature counter; `flags` replace the usual."""

    origin: str
    counts: bool = True
    algorithm: int = ES256
    attachment: str = "platform"
    transports: tuple[str, ...] = ("internal",)
    flags: int = UP | UV
    aaguid: bytes = AAGUID
    key_bits: int = 2048
    keys: list[Passkey] = dataclasses.field(default_factory=list)

    def client_data(self, kind: str, asked: str, /, **replaced: Json) -> bytes:
        """Return what the browser says of a ceremony; `replaced` members as given."""
        told = {"type": kind, "challenge": asked, "origin": self.origin, "crossOrigin": False}
        return json.dumps({**told, **replaced}).encode()

    def authenticator_data(
        self, party: str, count: int, *, flags: int | None = None, credential: bytes = b""
    ) -> bytes:
        """Return what the authenticator says of a ceremony."""
        shown = self.flags if flags is None else flags
        digest = hashlib.sha256(party.encode()).digest()
        return digest + struct.pack(">BI", shown, count) + credential

    def make(
        self,
        options: Json,
        *,
        party: str | None = None,
        identity: bytes | None = None,
        flags: int | None = None,
        attestation: Json = None,
        cose: Json = None,
        attests: bool = False,
        **client_data: Json,
    ) -> dict[str, Json]:
        """Make a passkey as asked, keep it and return the registration; others as replaced.

        `attests`: the new key signs for itself.
        """
        wanted = party or options["rp"]["id"]
        private: Any
        if self.algorithm == RS256:
            private = rsa.generate_private_key(65537, self.key_bits)
        else:
            private = ec.generate_private_key(ec.SECP256R1())
        made = Passkey(
            id=os.urandom(32) if identity is None else identity,
            private=private,
            party=wanted,
            user_handle=unb64(options["user"]["id"]),
        )
        self.keys.append(made)
        key = cbor.encode(cose or cose_of(private))
        attested = self.aaguid + struct.pack(">H", len(made.id)) + made.id + key
        shown = (self.flags if flags is None else flags) | AT
        data = self.authenticator_data(wanted, 0, flags=shown, credential=attested)
        told = self.client_data("webauthn.create", options["challenge"], **client_data)
        form: dict[str, Json] = {"fmt": "none", "attStmt": {}, **(attestation or {})}
        if attests:
            signature = made.sign(data + hashlib.sha256(told).digest())
            form = {"fmt": "packed", "attStmt": {"alg": self.algorithm, "sig": signature}}
        return {
            "id": b64(made.id),
            "rawId": b64(made.id),
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(told),
                "attestationObject": b64(cbor.encode({**form, "authData": data})),
                "transports": list(self.transports),
            },
        }

    def get(
        self,
        options: Json,
        *,
        key: Passkey | None = None,
        party: str | None = None,
        flags: int | None = None,
        count: int | None = None,
        user_handle: bytes | None = None,
        **client_data: Json,
    ) -> dict[str, Json]:
        """Sign a challenge as asked, by the first key that is allowed; others as replaced."""
        signer = key or self.allowed(options)
        if self.counts:
            signer.count += 1
        shown = signer.count if count is None else count
        data = self.authenticator_data(party or options["rpId"], shown, flags=flags)
        told = self.client_data("webauthn.get", options["challenge"], **client_data)
        signature = signer.sign(data + hashlib.sha256(told).digest())
        handle = signer.user_handle if user_handle is None else user_handle
        return {
            "id": b64(signer.id),
            "rawId": b64(signer.id),
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(told),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": b64(handle),
            },
        }

    def allowed(self, options: Json) -> Passkey:
        """Return the first kept passkey that the options name."""
        named = {one["id"] for one in options["allowCredentials"]}
        return next(one for one in self.keys if b64(one.id) in named)


def cose_of(private: Any) -> dict[int, Json]:
    """Return the public half in COSE."""
    public = private.public_key().public_numbers()
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return {
            1: 2, 3: ES256, -1: 1,
            -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big"),
        }  # fmt: skip
    size = (public.n.bit_length() + 7) // 8
    return {1: 3, 3: RS256, -1: public.n.to_bytes(size, "big"), -2: b"\x01\x00\x01"}
