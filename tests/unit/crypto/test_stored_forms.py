"""What databases and callers hold today must open tomorrow: the stored forms, pinned.

If one of these fails, existing data has become unreadable; add a new version beside the old
form instead of changing it.
"""

import hashlib

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto import compact, envelope, passwords
from poolkeep.crypto.envelope import Sealer

KEY = bytes(range(32))
PURPOSE_KEYS = {
    "srp-verifier": "336571de714bc579",
    "password-hash": "9705e7265dcc1e1c",
    "totp": "d3b8455f673489e0",
    "client-secret": "f8be89501dc0aa99",
    "refresh": "e73ede9cb5606f06",
    "session": "2533e437e71d7f05",
    "codes": "12e6d37a28052ad6",
    "device": "2aeffca65171e048",
    "passkey": "c0676296977656b1",
    "fake-user": "12e1f5bc209dd0ed",
    "cursor": "db1194c42152f278",
    "message": "bdc5f30ea78649b3",
    "signing": "1a6d72d91298a5e5",
    "access-key": "2ebeb672e1e2635b",
    "pii": "e13cd445cc491c80",
    "import": "6c1a9b08ab2cbf94",
    "identity-provider": "6b01dec55dfcf3a2",
    "certificate": "25e43b8067726ec8",
    "feedback": "e926e46ff92662a3",
    "kms": "62fc215be5ea41e2",
    "invocation": "8faa9f786c1a6462",
    "oauth": "64d35e58d3ae93b3",
    "session-token": "4f8bf595093d0df5",
}


def short(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return hashlib.sha256(raw).hexdigest()[:16]


def test_envelopes() -> None:
    sealer = Sealer(KEY, "v1")
    plain = sealer.seal(b"secret", context=b"c", entropy=SeededEntropy())
    salted = sealer.seal_salted(b"secret", context=b"c", entropy=SeededEntropy())
    assert (
        plain.hex()
        == "0102763172e4f9aecea933bf841f286e3697a8eb6327ea821313dacc2f91e96c6a2cd4ca47a6"
    )
    assert short(salted) == "ca501421da3ba0b3"


def test_compact_tokens() -> None:
    assert (
        short(compact.seal_compact(KEY, b"secret", b"c", SeededEntropy(), "v1"))
        == "dfa008a06ea6d939"
    )


def test_wrapped_keys() -> None:
    assert short(envelope.wrap_key(KEY, b"p" * 32, b"c")) == "a531b973c88c9822"


def test_purpose_keys() -> None:
    found = {p.value: short(envelope.purpose_key(KEY, p)) for p in envelope.Purpose}
    assert found == PURPOSE_KEYS, "a new purpose gets a line; a line never changes"


def test_verifiers() -> None:
    stored = passwords.make_verifier(SeededEntropy(), "AbC", "alice", "Passw0rd!")
    assert short(stored.encode()) == "aec835bf26589e98"


def test_decoys_keep_their_salts_across_releases() -> None:
    assert short(passwords.decoy_verifier(KEY, "nobody").encode()) == "c33923af24ed9bee"
    assert short(passwords.decoy_argon2(KEY, "nobody")) == "745b17c689beeb73"
