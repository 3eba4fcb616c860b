"""The order of things. Each stage says what is owed next, or None when it is content.

Order lives in `STAGES` alone. Source: docs/behaviours/sign-in.md (evaluation order).
"""

from collections.abc import Callable
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import (
    InvalidParameter,
    NotAuthorized,
    NotBuilt,
    PasswordResetRequired,
    UserNotConfirmed,
    UserNotFound,
)
from poolkeep.core.pools.rules import hides_user_existence
from poolkeep.core.risk import assess
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt, Flow, Proof
from poolkeep.core.signin.challenges import new_password, password_verifier
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import CheckPassword, Consult, Refuse, Step
from poolkeep.core.triggers.service import attributes_of, metadata
from poolkeep.core.triggers.sources import (
    POST_AUTHENTICATION,
    PRE_AUTHENTICATION,
    USER_MIGRATION,
    EmptyReply,
    PostAuthenticationRequest,
    PreAuthenticationRequest,
    UserMigrationReply,
    UserMigrationRequest,
)
from poolkeep.core.users.model import Status

Stage = Callable[[Attempt, Facts, Entropy], Step | None]

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
    if may_migrate and attempt.flow in CARRIES_PASSWORD and Proof.MIGRATION not in attempt.proofs:
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
    if Proof.PRE_AUTHENTICATION in attempt.proofs or _has_no_functions(facts):
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


def first_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for what the flow proves first."""
    if Proof.FIRST_FACTOR in attempt.proofs:
        return None
    match attempt.flow:
        case Flow.USER_PASSWORD_AUTH | Flow.ADMIN_USER_PASSWORD_AUTH:
            if facts.row.locked_until_ms > facts.now_ms:
                return Refuse(refusal=NotAuthorized(wording.ATTEMPTS_EXCEEDED))
            password = facts.given.get("PASSWORD")
            if password is None:
                return Refuse(refusal=InvalidParameter(wording.missing("PASSWORD")))
            return CheckPassword(attempt=attempt, password=password)
        case Flow.USER_SRP_AUTH:
            return password_verifier.prompt(attempt, facts, entropy)
        case Flow.CUSTOM_AUTH | Flow.USER_AUTH:
            return Refuse(refusal=NotBuilt(f"The flow {attempt.flow}"))


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


def forced_new_password(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for a new password while the present one is temporary."""
    user = facts.user
    if user is None or user.status != Status.FORCE_CHANGE_PASSWORD:
        return None
    return new_password.prompt(attempt, facts, user)


def remembered_device(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the proof of a remembered device. No device is remembered yet."""
    return None


def second_factor(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the second factor that the pool insists on.

    Where MFA is ON and its challenges are not built, no token leaves: the caller is told so.
    """
    if (
        facts.pool.pool.settings.mfa_configuration == "ON"
        and Proof.SECOND_FACTOR not in attempt.proofs
    ):
        return Refuse(
            refusal=NotBuilt("Multi-factor authentication, which this user pool requires,")
        )
    return None


def required_set_up(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Ask for the enrolment that the pool insists on; joins `second_factor`."""
    return None


def post_authentication(attempt: Attempt, facts: Facts, entropy: Entropy) -> Step | None:
    """Tell the function that sees every finished sign-in."""
    user = facts.user
    if Proof.POST_AUTHENTICATION in attempt.proofs or user is None or _has_no_functions(facts):
        return None
    return Consult(
        attempt=attempt,
        trigger=POST_AUTHENTICATION,
        source="Authentication",
        request=PostAuthenticationRequest(
            user_attributes=attributes_of(user),
            client_metadata=metadata(dict(facts.client_metadata)),
        ),
        reply=EmptyReply,
        proof=Proof.POST_AUTHENTICATION,
    )


def _has_no_functions(facts: Facts) -> bool:
    """Tell whether nobody can be asked anything, which is so in most pools."""
    return facts.pool.pool.settings.lambda_config is None


STAGES: Final[tuple[Stage, ...]] = (
    address_gate,
    identify,
    pre_authentication,
    first_factor,
    account_state,
    risk_gate,
    forced_new_password,
    remembered_device,
    second_factor,
    required_set_up,
    post_authentication,
)
