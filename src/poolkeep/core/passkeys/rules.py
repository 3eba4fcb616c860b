"""Who may ask for passkeys, where, and what one is worth. Pure.

Source: docs/behaviours/passkeys.md.
"""

import hmac
import re
from collections.abc import Collection
from typing import Any, Final

from poolkeep.base.refusal import (
    InvalidParameter,
    Refusal,
    WebAuthnChallengeNotFound,
    WebAuthnConfigurationMissing,
    WebAuthnCredentialNotSupported,
    WebAuthnNotEnabled,
    WebAuthnOriginNotAllowed,
    WebAuthnRelyingPartyMismatch,
)
from poolkeep.core.passkeys import wording
from poolkeep.core.passkeys.model import Passkey, Place
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.relying_party import LOCALHOST
from poolkeep.core.pools.rules import first_factors
from poolkeep.core.users.model import User
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.webauthn import (
    ALGORITHMS,
    PUBLIC_KEY,
    Expectations,
    Fault,
    Registered,
    to_text,
)

WEB_AUTHN: Final = "WEB_AUTHN"
REQUIRED: Final = "required"
PREFERRED: Final = "preferred"
PLATFORM: Final = "platform"
ROAMING: Final = "cross-platform"
SOFTWARE_KEY: Final = "swk"
HARDWARE_KEY: Final = "hwk"
REGISTRATION_TIMEOUT_MS: Final = 60_000
TRANSPORTS: Final = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")
_WEB_ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
_ADDRESS: Final = re.compile(r"[0-9.]+|.*:.*", re.ASCII)
_APP_ORIGIN: Final = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}", re.ASCII)
_DECOY_TRANSPORTS: Final = ("internal", "hybrid")
_DECOY_ID_BYTES: Final = 32

# Makers of passkeys, by the id that their authenticators show.
MAKERS: Final = {
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain (managed)",
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
}

_REFUSALS: Final[dict[Fault, tuple[type[Refusal], str]]] = {
    Fault.CHALLENGE: (WebAuthnChallengeNotFound, wording.CHALLENGE_NOT_FOUND),
    Fault.ORIGIN: (WebAuthnOriginNotAllowed, wording.ORIGIN_NOT_ALLOWED),
    Fault.RELYING_PARTY: (WebAuthnRelyingPartyMismatch, wording.OTHER_RELYING_PARTY),
    Fault.UNSUPPORTED: (WebAuthnCredentialNotSupported, wording.NOT_SUPPORTED),
}


def relying_party_id(pool: LoadedPool) -> str | None:
    """Return for whom the pool's passkeys are made: what it says, or else its domain."""
    configured = pool.pool.mfa.web_authn_configuration
    return (configured.relying_party_id if configured else None) or pool.domain


def is_enabled(pool: LoadedPool) -> bool:
    """Tell whether users of the pool may sign in by passkey at all."""
    return WEB_AUTHN in first_factors(pool)


def demand_relying_party(pool: LoadedPool, place: Place | None = None) -> str:
    """Return the relying party; refuses a pool without passkeys, or without a name for them."""
    if not is_enabled(pool):
        raise WebAuthnNotEnabled(wording.NOT_ENABLED)
    party = relying_party_id(pool) if place is None else place.party
    if party is None:
        raise WebAuthnConfigurationMissing(wording.NO_RELYING_PARTY)
    return party


def user_verification(pool: LoadedPool) -> str:
    """Return whether an authenticator must check its user: required or preferred."""
    configured = pool.pool.mfa.web_authn_configuration
    return (configured.user_verification if configured else None) or PREFERRED


def place_of(pool: LoadedPool, *, host: str, origin: str, below: bool) -> Place | None:
    """Return the place of a hosted page; None where no browser would make a passkey.

    What the pool says comes first. `below` the installation's own name, where a path leads to
    the pool, that name is the relying party; on a host of the pool's own it is the domain.
    """
    configured = pool.pool.mfa.web_authn_configuration
    party = configured.relying_party_id if configured else None
    party = party or (host if below else pool.domain)
    if (
        party is None
        or _ADDRESS.fullmatch(party)
        or not (host == party or host.endswith(f".{party}"))
    ):
        return None
    is_local = host == LOCALHOST or host.endswith(f".{LOCALHOST}")
    return Place(party=party, origin=origin) if is_local or origin.startswith("https:") else None


def expectations(
    pool: LoadedPool, party: str, challenge: bytes, *, place: Place | None = None
) -> Expectations:
    """Return what a ceremony of the pool must agree with.

    A page of ours knows its own origin, port and all, and takes no other.
    """
    return Expectations(
        challenge=challenge,
        relying_party_id=party,
        origin_allowed=lambda origin: (
            is_origin_of(party, origin) if place is None else origin == place.origin
        ),
        user_verification_required=user_verification(pool) == REQUIRED,
    )


def is_origin_of(party: str, origin: str) -> bool:
    """Tell whether a ceremony at this origin may speak for the relying party.

    The party's own host and those below it, over https at its own port. A browser's user is at
    home on localhost, so there any port will do, and http. An Android app has no host; that it
    belongs to the party is what Android has checked before it let the app use the passkey.
    """
    if _APP_ORIGIN.fullmatch(origin):
        return True
    found = _WEB_ORIGIN.fullmatch(origin)
    if found is None:
        return False
    host = found["host"]
    if host != party and not host.endswith(f".{party}"):
        return False
    if host == LOCALHOST or host.endswith(f".{LOCALHOST}"):
        return True
    return found["scheme"] == "https" and found["port"] is None


def creation_options(
    pool: LoadedPool, user: User, party: str, *, challenge: bytes, known: Collection[Passkey]
) -> dict[str, Any]:
    """Return what a browser needs to make a passkey that none of the user's keepers has."""
    name = user.attributes.get("email") or user.username
    return {
        "rp": {"id": party, "name": party},
        "user": {
            "id": to_text(user.id.encode()),
            "name": name,
            "displayName": user.attributes.get("name") or name,
        },
        "challenge": to_text(challenge),
        "pubKeyCredParams": [{"type": PUBLIC_KEY, "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": REGISTRATION_TIMEOUT_MS,
        "excludeCredentials": [descriptor(one) for one in known if one.relying_party_id == party],
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": REQUIRED,
            "userVerification": user_verification(pool),
        },
    }


def request_options(
    pool: LoadedPool,
    party: str,
    *,
    challenge: bytes,
    allowed: Collection[dict[str, Any]],
    timeout_ms: int,
) -> dict[str, Any]:
    """Return what a browser needs to ask for one of these passkeys."""
    return {
        "challenge": to_text(challenge),
        "timeout": timeout_ms,
        "rpId": party,
        "allowCredentials": list(allowed),
        "userVerification": user_verification(pool),
    }


def descriptor(passkey: Passkey) -> dict[str, Any]:
    """Return a passkey as browsers are asked for it."""
    return {
        "id": to_text(passkey.id),
        "type": PUBLIC_KEY,
        "transports": list(passkey.transports),
    }


def decoy_descriptor(pool: LoadedPool, name: str) -> dict[str, Any]:
    """Return a passkey that nobody has, always the same for the same name."""
    key = pool.keys.key(Purpose.FAKE_USER)
    made = hmac.digest(key, b"passkey\0" + name.encode("utf-8", "surrogatepass"), "sha256")
    transports = list(_DECOY_TRANSPORTS)
    return {"id": to_text(made[:_DECOY_ID_BYTES]), "type": PUBLIC_KEY, "transports": transports}


def passkey_of(registered: Registered, party: str, now_ms: int) -> Passkey:
    """Return a new passkey under the name of its maker."""
    transports = tuple(name for name in TRANSPORTS if name in registered.transports)
    attachment = registered.attachment if registered.attachment in {PLATFORM, ROAMING} else None
    otherwise = "Security key" if attachment == ROAMING else "Passkey"
    return Passkey(
        id=registered.id,
        public_key=registered.public_key,
        sign_count=registered.sign_count,
        transports=transports,
        attachment=attachment,
        friendly_name=MAKERS.get(registered.aaguid, otherwise),
        relying_party_id=party,
        aaguid=registered.aaguid,
        backup_eligible=registered.backup_eligible,
        backed_up=registered.backed_up,
        created_ms=now_ms,
    )


def factor_of(passkey: Passkey) -> str:
    """Return what a token calls the proof: a key in software, or one in a device of its own."""
    if passkey.attachment == ROAMING:
        return HARDWARE_KEY
    if passkey.attachment == PLATFORM or {"internal", "hybrid"} & set(passkey.transports):
        return SOFTWARE_KEY
    return HARDWARE_KEY


def has_counted(passkey: Passkey, sign_count: int) -> bool:
    """Tell whether a signature counter went on; one that stands, or went back, tells of a copy."""
    return sign_count > passkey.sign_count or (sign_count == 0 and passkey.sign_count == 0)


def refusal_of(fault: Fault) -> Refusal:
    """Return how the registration of a faulty credential is refused."""
    kind, text = _REFUSALS.get(fault, (InvalidParameter, wording.CREDENTIAL_INVALID))
    return kind(text)
