"""Our judgement of passkeys, and that of a second library, on the same ceremonies."""

import json
from typing import Any, Final

import pytest
import webauthn
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers.exceptions import WebAuthnException

from poolkeep.crypto.public_suffixes import is_public_suffix
from poolkeep.crypto.webauthn import (
    CredentialRefused,
    Expectations,
    Fault,
    Registered,
    check_assertion,
    from_text,
    parse_assertion,
    register,
    to_text,
)
from tests.support.authenticator import (
    AT,
    BE,
    BS,
    ES256,
    RS256,
    UP,
    UV,
    Authenticator,
    b64,
    unb64,
)

PARTY: Final = "example.org"
ORIGIN: Final = f"https://{PARTY}"
CHALLENGE: Final = bytes(range(32))
CREATION: Final = {
    "rp": {"id": PARTY},
    "user": {"id": b64(b"user")},
    "challenge": b64(CHALLENGE),
}


def expected(*, challenge: bytes = CHALLENGE, verified: bool = True) -> Expectations:
    """Return what our ceremonies agree with."""
    return Expectations(
        challenge=challenge,
        relying_party_id=PARTY,
        origin_allowed=lambda origin: origin == ORIGIN,
        user_verification_required=verified,
    )


def request(keeper: Authenticator) -> dict[str, Any]:
    """Return the options of a sign-in."""
    return {
        "challenge": b64(CHALLENGE),
        "rpId": PARTY,
        "allowCredentials": [{"id": b64(one.id)} for one in keeper.keys],
    }


def their_verdict(made: dict[str, Any], *, verified: bool) -> Any:
    """Return what the other library says of a registration; None where it refuses."""
    try:
        return webauthn.verify_registration_response(
            credential=json.dumps(made),
            expected_challenge=CHALLENGE,
            expected_rp_id=PARTY,
            expected_origin=ORIGIN,
            require_user_verification=verified,
        )
    except WebAuthnException:
        return None


def our_verdict(made: Any, *, verified: bool) -> Registered | None:
    """Return what we say."""
    try:
        return register(made, expected(verified=verified))
    except CredentialRefused:
        return None


@pytest.mark.parametrize("algorithm", [ES256, RS256])
@pytest.mark.parametrize("attests", [True, False])
@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("flags", [UP | UV, UP, UV, 0, UP | UV | BE, UP | UV | BE | BS])
def test_both_libraries_judge_registrations_alike(
    algorithm: int, flags: int, *, attests: bool, verified: bool
) -> None:
    keeper = Authenticator(origin=ORIGIN, algorithm=algorithm, flags=flags)
    made = keeper.make(CREATION, attests=attests)
    ours, theirs = our_verdict(made, verified=verified), their_verdict(made, verified=verified)
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert ours.id == theirs.credential_id
        assert ours.sign_count == theirs.sign_count
        assert ours.aaguid == theirs.aaguid
        assert ours.backed_up == theirs.credential_backed_up


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"challenge": b64(b"x" * 32)},
        {"party": "evil.example"},
        {"type": "webauthn.get"},
        {"attestation": {"fmt": "packed", "attStmt": {"alg": ES256, "sig": b"\0" * 70}}},
    ],
)
def test_both_libraries_refuse(change: dict[str, Any]) -> None:
    made = Authenticator(origin=ORIGIN).make(CREATION, **change)
    assert our_verdict(made, verified=False) is None
    assert their_verdict(made, verified=False) is None


@pytest.mark.parametrize("algorithm", [ES256, RS256])
@pytest.mark.parametrize("flags", [UP | UV, UP, UV, 0, UP | UV | BE | BS])
def test_both_libraries_judge_assertions_alike(algorithm: int, flags: int) -> None:
    keeper = Authenticator(origin=ORIGIN, algorithm=algorithm)
    known = register(keeper.make(CREATION), expected())
    signed = keeper.get(request(keeper), flags=flags)
    ours: Any
    theirs: Any
    try:
        ours = check_assertion(parse_assertion(json.dumps(signed)), known.public_key, expected())
    except CredentialRefused:
        ours = None
    try:
        theirs = webauthn.verify_authentication_response(
            credential=json.dumps(signed),
            expected_challenge=CHALLENGE,
            expected_rp_id=PARTY,
            expected_origin=ORIGIN,
            credential_public_key=known.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except WebAuthnException:
        theirs = None
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert ours.sign_count == theirs.new_sign_count == 1
        assert ours.user_verified == theirs.user_verified


def test_every_bit_of_an_assertion_counts() -> None:
    keeper = Authenticator(origin=ORIGIN)
    known = register(keeper.make(CREATION), expected())
    signed = keeper.get(request(keeper))
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        raw = unb64(signed["response"][part])
        for place in range(0, len(raw) * 8, 5):
            flipped = bytearray(raw)
            flipped[place // 8] ^= 1 << (place % 8)
            changed = {**signed, "response": {**signed["response"], part: b64(bytes(flipped))}}
            with pytest.raises(CredentialRefused):
                check_assertion(parse_assertion(json.dumps(changed)), known.public_key, expected())


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    made = Authenticator(origin=ORIGIN).make(CREATION)
    made["response"]["attestationObject"] = b64(raw)
    with pytest.raises(CredentialRefused):
        register(made, expected())


@given(st.data())
def test_no_changed_registration_does_more_than_be_refused(data: st.DataObject) -> None:
    made = Authenticator(origin=ORIGIN).make(CREATION)
    raw = bytearray(unb64(made["response"]["attestationObject"]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    made["response"]["attestationObject"] = b64(bytes(raw))
    our_verdict(made, verified=True)  # refused or, where nothing that counts has changed, taken


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(JSON)
def test_no_document_does_more_than_be_refused(document: Any) -> None:
    with pytest.raises(CredentialRefused):
        register(document, expected())
    with pytest.raises(CredentialRefused):
        parse_assertion(json.dumps(document))


@given(st.binary(max_size=60))
def test_texts_have_one_spelling(raw: bytes) -> None:
    text = to_text(raw)
    assert from_text(text, 60) == raw
    for other in (text + "=", text + "A" * 90, "+" + text[1:], text + "\n"):
        with pytest.raises(CredentialRefused):
            from_text(other, 60)


def test_a_fault_has_a_name() -> None:
    keeper = Authenticator(origin=ORIGIN)
    for change, fault in (
        ({"origin": "https://evil.example"}, Fault.ORIGIN),
        ({"challenge": b64(b"x")}, Fault.CHALLENGE),
        ({"party": "evil.example"}, Fault.RELYING_PARTY),
        ({"flags": UV}, Fault.USER),
        ({"flags": UP}, Fault.USER),
        ({"attestation": {"fmt": "own"}}, Fault.UNSUPPORTED),
    ):
        with pytest.raises(CredentialRefused) as caught:
            register(keeper.make(CREATION, **change), expected())
        assert caught.value.fault is fault
    assert AT == 0x40


def test_public_suffixes() -> None:
    for name in ("com", "co.uk", "github.io", "anything.ck", "localhost"):
        assert is_public_suffix(name), name
    for name in ("example.com", "example.co.uk", "me.github.io", "www.ck", "a.b.c.example.org"):
        assert not is_public_suffix(name), name
