"""WEB_AUTHN: a passkey's signature over our challenge. Source: docs/behaviours/passkeys.md.

The challenge travels in the sealed handle, and one verdict on its answer uses the handle up. The
signature is judged by the keys of the attempt's own user, whatever else the answer says.
"""

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.passkeys.model import Passkey
from poolkeep.core.passkeys.rules import (
    decoy_descriptor,
    descriptor,
    expectations,
    factor_of,
    has_counted,
    relying_party_id,
    request_options,
)
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Proof
from poolkeep.core.signin.evidence import Need
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.marks import Mark
from poolkeep.core.signin.steps import Ask, Load, Proven, Refuse, Step
from poolkeep.core.users.names import login_key
from poolkeep.crypto.webauthn import (
    CHALLENGE_BYTES,
    Asserted,
    CredentialRefused,
    check_assertion,
    parse_assertion,
)

NAME: Final = "WEB_AUTHN"
NEEDS: Final = (Need.PASSKEYS,)


class PasskeyUsed(Mark, frozen=True, kw_only=True):
    """A passkey has signed: its counter as shown, and whether it has a copy somewhere."""

    credential_id: bytes
    sign_count: int
    backed_up: bool
    used_ms: int


def prompt(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step:
    """Ask for a signature by one of the user's passkeys; nobody's are pretended."""
    if facts.evidence.lacks(Need.PASSKEYS):
        return Load(attempt=attempt, need=Need.PASSKEYS)
    party = _party(attempt, facts) or facts.pool.host
    known = [descriptor(one) for one in _usable(facts, party)]
    # A page that lets the browser offer passkeys before it knows a name has asked already.
    challenge = attempt.passkey_challenge or entropy.bytes(CHALLENGE_BYTES)
    options = request_options(
        facts.pool,
        party,
        challenge=challenge,
        allowed=known or [decoy_descriptor(facts.pool, login_key(facts.pool, attempt.name))],
        timeout_ms=auth_session_ms(facts.client),
    )
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, passkey_challenge=challenge),
        challenge=NAME,
        parameters={"CREDENTIAL_REQUEST_OPTIONS": json.dumps(options, separators=(",", ":"))},
    )


def handle_of(attempt: Attempt) -> str | None:
    """Return the handle of an attempt that awaits a signature: one with what is signed.

    A page may have asked before the attempt began, and one signature must not begin two.
    """
    if attempt.awaiting != NAME or attempt.passkey_challenge is None:
        return None
    return attempt.passkey_challenge.hex()


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Judge an assertion; whatever is wrong with it, the caller hears the same."""
    given = answers.get("CREDENTIAL")
    if not given:
        raise InvalidParameter(wording.missing("CREDENTIAL"))
    found = _judged(attempt, facts, given)
    if found is None:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT), spends=True)
    passkey, told = found
    proven = attempt.proved(Proof.FIRST_FACTOR, factor_of(passkey))
    mark = PasskeyUsed(
        credential_id=passkey.id,
        sign_count=told.sign_count,
        backed_up=told.backed_up,
        used_ms=facts.now_ms,
    )
    return Proven(
        attempt=msgspec.structs.replace(proven, user_verified=told.user_verified), marks=(mark,)
    )


def _judged(attempt: Attempt, facts: Facts, given: str) -> tuple[Passkey, Asserted] | None:
    """Return the passkey that has signed, and what it told; None where anything is wrong."""
    user, challenge, party = facts.user, attempt.passkey_challenge, _party(attempt, facts)
    if user is None or challenge is None or party is None:
        return None
    try:
        assertion = parse_assertion(given)
        passkey = next((one for one in _usable(facts, party) if one.id == assertion.id), None)
        if passkey is None or assertion.user_handle not in {None, user.id.encode()}:
            return None
        expected = expectations(facts.pool, party, challenge, place=attempt.passkey_place)
        told = check_assertion(assertion, passkey.public_key, expected)
    except CredentialRefused:
        return None
    if not has_counted(passkey, told.sign_count) or told.backup_eligible != passkey.backup_eligible:
        return None
    return passkey, told


def _party(attempt: Attempt, facts: Facts) -> str | None:
    """Return for whom passkeys are asked: the page's own word, or the pool's."""
    place = attempt.passkey_place
    return relying_party_id(facts.pool) if place is None else place.party


def _usable(facts: Facts, party: str) -> list[Passkey]:
    """Return the passkeys that were made for the present relying party."""
    known = facts.evidence.passkeys
    if known is msgspec.UNSET:
        return []
    return [one for one in known if one.relying_party_id == party]
