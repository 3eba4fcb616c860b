"""Before and around the proofs: who is it, may they, is the account as it should be."""

from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import (
    NotAuthorized,
    PasswordResetRequired,
    UserNotConfirmed,
    UserNotFound,
)
from poolkeep.core.pools.rules import hides_user_existence
from poolkeep.core.risk import assess
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges.password import brings_password
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Consult, Refuse, Step
from poolkeep.core.triggers.sources import (
    PRE_AUTHENTICATION,
    USER_MIGRATION,
    EmptyReply,
    PreAuthenticationRequest,
    UserMigrationReply,
    UserMigrationRequest,
)
from poolkeep.core.triggers.telling import attributes_of
from poolkeep.core.users.model import Status

CARRIES_PASSWORD: Final = frozenset({Flow.USER_PASSWORD_AUTH, Flow.ADMIN_USER_PASSWORD_AUTH})


def address_gate(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Refuse blocked addresses: threat protection brings its lists here."""
    return None


def identify(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Find the user, or ask the migration function, or refuse, or go on with a decoy."""
    if facts.user is not None:
        return None
    lambdas = facts.pool.pool.settings.lambda_config
    may_migrate = lambdas is not None and lambdas.user_migration is not None
    carries = attempt.flow in CARRIES_PASSWORD or (
        attempt.flow is Flow.USER_AUTH and brings_password(facts.given)
    )
    if may_migrate and carries and Proof.MIGRATION not in attempt.proofs:
        return Consult(
            attempt=attempt,
            trigger=USER_MIGRATION,
            source="Authentication",
            request=UserMigrationRequest(
                password=facts.given.get("PASSWORD"),
                validation_data=dict(facts.validation_data) or None,
            ),
            reply=UserMigrationReply,
            proof=Proof.MIGRATION,
        )
    if hides_user_existence(facts.client):
        return None
    return Refuse(refusal=UserNotFound(wording.USER_DOES_NOT_EXIST))


def pre_authentication(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask the function that may refuse a sign-in before any proof."""
    if Proof.PRE_AUTHENTICATION in attempt.proofs or has_no_functions(facts):
        return None
    user = facts.user
    return Consult(
        attempt=attempt,
        trigger=PRE_AUTHENTICATION,
        source="Authentication",
        request=PreAuthenticationRequest(
            user_attributes={} if user is None else attributes_of(user),
            validation_data=dict(facts.validation_data) or None,
            user_not_found=True if user is None else msgspec.UNSET,
        ),
        reply=EmptyReply,
        proof=Proof.PRE_AUTHENTICATION,
    )


def account_state(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Say what is wrong with the account; only somebody with the right proof gets to hear it."""
    user = facts.user
    if user is None:
        return Refuse(refusal=NotAuthorized(wording.INCORRECT))
    if not user.enabled:
        return Refuse(refusal=NotAuthorized(wording.USER_DISABLED))
    match user.status:
        case Status.UNCONFIRMED:
            return Refuse(refusal=UserNotConfirmed(wording.NOT_CONFIRMED))
        case Status.RESET_REQUIRED:
            return Refuse(refusal=PasswordResetRequired(wording.RESET_REQUIRED))
        case Status.FORCE_CHANGE_PASSWORD:
            expires_ms = user.document.temporary_password_expires_ms
            if expires_ms is not None and expires_ms <= facts.now_ms:
                return Refuse(refusal=NotAuthorized(wording.TEMPORARY_EXPIRED))
        case Status.CONFIRMED:
            pass
        case _:  # a federated profile, or a status that we never write
            return Refuse(refusal=NotAuthorized(wording.INCORRECT))
    return None


def risk_gate(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Let the assessment block or ask for more."""
    assessment = assess(facts.pool, now_ms=facts.now_ms)
    if assessment.blocks:
        return Refuse(refusal=NotAuthorized("Unable to login because of security reasons."))
    return None


def has_no_functions(facts: Facts) -> bool:
    """Tell whether nobody can be asked anything, which is so in most pools."""
    return facts.pool.pool.settings.lambda_config is None
