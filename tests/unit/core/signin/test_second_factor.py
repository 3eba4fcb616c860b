"""The stage that asks for a second factor, and the challenges that it asks."""

from typing import Any

import msgspec
import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    NotAuthorized,
    SoftwareTokenMFANotFound,
)
from poolkeep.core.factors.model import SoftwareToken
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import machine
from poolkeep.core.signin.attempt import Attempt, CodeState, Flow, Proof, SetupState
from poolkeep.core.signin.challenges import one_time_code
from poolkeep.core.signin.challenges.software_token import StepUsed
from poolkeep.core.signin.evidence import Evidence, Need
from poolkeep.core.signin.facts import Facts, SignInRow
from poolkeep.core.signin.stages.second_factor import second_factor, second_factor_owed
from poolkeep.core.signin.steps import Ask, Load, Proven, Refuse, Resume, SendCode, Step
from poolkeep.core.users.model import User, UserDocument
from poolkeep.crypto import totp
from tests.sdk.support import holds
from tests.unit.core.users.people import a_client, a_pool, a_user, with_mfa

SMS, TOTP, MAIL = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
ALL = (SMS, TOTP, MAIL)
PHONE, ADDRESS = "+12065550100", "mary@example.com"
BOTH = {"phone_number": PHONE, "email": ADDRESS}
SEED = b"12345678901234567890"
MULTI = {"factor_configuration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
NOW_MS = 1_700_000_000_000
STEP = NOW_MS // totp.STEP_MS


def a_person(*enabled: str, has: dict[str, str] | None = None, **mfa: Any) -> User:
    document = UserDocument(
        attributes=BOTH if has is None else has, mfa={"enabled": list(enabled), **mfa}
    )
    return a_user(document=document)


def an_attempt(**members: Any) -> Attempt:
    """Return an attempt that has proven a password."""
    defaults: dict[str, Any] = {
        "handle": "h",
        "flow": Flow.USER_PASSWORD_AUTH,
        "client_id": "client1",
        "name": "alice",
        "username": "alice",
        "user_id": "u",
        "started_ms": NOW_MS,
        "expires_ms": NOW_MS + 180_000,
        "event_id": "e",
        "proofs": (Proof.FIRST_FACTOR,),
        "factors": ("pwd",),
    }
    return Attempt(**{**defaults, **members})


def facts_of(pool: LoadedPool, user: User, evidence: Evidence | None = None) -> Facts:
    return Facts(
        now_ms=NOW_MS,
        wall_ms=NOW_MS,
        pool=pool,
        client=a_client(pool),
        row=SignInRow(user=user, groups=(), locked_until_ms=0, failures=0),
        given={},
        evidence=evidence or Evidence(),
    )


def asked(pool: LoadedPool, user: User, **members: Any) -> Step | None:
    return second_factor(an_attempt(**members), facts_of(pool, user), SeededEntropy("e"))


OPTIONAL = with_mfa(a_pool(), "OPTIONAL", *ALL)
REQUIRED = with_mfa(a_pool(), "ON", *ALL)
PASSKEYS = with_mfa(a_pool(), "ON", *ALL, **MULTI)


@holds("MFA-57", "MFA-58", "MFA-61")
@pytest.mark.parametrize(
    "pool, members, owed",
    [
        (OPTIONAL, {}, (SMS,)),
        (OPTIONAL, {"flow": Flow.USER_SRP_AUTH}, (SMS,)),
        (OPTIONAL, {"flow": Flow.ADMIN_USER_PASSWORD_AUTH}, (SMS,)),
        (OPTIONAL, {"flow": Flow.USER_AUTH}, (SMS,)),
        (OPTIONAL, {"flow": Flow.CUSTOM_AUTH}, None),
        (OPTIONAL, {"proofs": (Proof.FIRST_FACTOR, Proof.SECOND_FACTOR)}, None),
        # A passkey is both only where it has checked its user, and the pool says so.
        (PASSKEYS, {"factors": ("swk",), "user_verified": True}, None),
        (PASSKEYS, {"factors": ("hwk",), "user_verified": True}, None),
        (PASSKEYS, {"factors": ("swk",)}, (SMS,)),
        (PASSKEYS, {"user_verified": True}, (SMS,)),
        (REQUIRED, {"factors": ("swk",), "user_verified": True}, (SMS,)),
        # What came first is not asked for again.
        (OPTIONAL, {"factors": ("sms",)}, ()),
        (REQUIRED, {"factors": ("sms",)}, (MAIL,)),
        (OPTIONAL, {"factors": ("email_otp",)}, (SMS,)),
    ],
)
def test_who_owes_a_second_factor(
    pool: LoadedPool, members: dict[str, Any], owed: tuple[str, ...] | None
) -> None:
    found = second_factor_owed(an_attempt(**members), facts_of(pool, a_person(SMS)))
    assert (None if found is None else found.factors) == owed


@holds("MFA-51", "MFA-53", "MFA-55", "MFA-78")
def test_each_demand_has_its_challenge() -> None:
    code = asked(OPTIONAL, a_person(SMS))
    assert isinstance(code, SendCode)
    assert (code.challenge, code.destination, code.digits) == (SMS, PHONE, 6)
    app = asked(OPTIONAL, a_person(TOTP, software_token=True))
    assert isinstance(app, Ask)
    assert app.parameters == {"USER_ID_FOR_SRP": "alice"}
    choice = asked(OPTIONAL, a_person(SMS, MAIL))
    assert isinstance(choice, Ask)
    assert choice.parameters == {"MFAS_CAN_CHOOSE": '["SMS_MFA","EMAIL_OTP"]'}
    assert (choice.attempt.awaiting, choice.attempt.available) == ("SELECT_MFA_TYPE", (SMS, MAIL))
    setup = asked(REQUIRED, a_person(has={}))
    assert isinstance(setup, Ask)
    assert setup.addressed
    assert setup.parameters["MFAS_CAN_SETUP"] == '["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]'


@holds("MFA-54", "MFA-56")
def test_where_nothing_can_be_asked_nobody_gets_in() -> None:
    refused = asked(OPTIONAL, a_person(SMS, has={}))
    assert isinstance(refused, Refuse)
    assert isinstance(refused.refusal, InvalidParameter)


@holds("MFA-74")
def test_the_name_of_an_app_is_looked_up_where_it_has_one() -> None:
    user = a_person(TOTP, software_token=True, software_token_named=True)
    looked = asked(OPTIONAL, user)
    assert isinstance(looked, Load)
    assert looked.need is Need.SOFTWARE_TOKEN
    evidence = Evidence(software_token=SoftwareToken(seed=SEED, friendly_name="phone"))
    facts = facts_of(OPTIONAL, user, evidence)
    step = second_factor(an_attempt(), facts, SeededEntropy("e"))
    assert isinstance(step, Ask)
    assert step.parameters["FRIENDLY_DEVICE_NAME"] == "phone"


@holds("MFA-78", "MFA-79")
def test_a_choice_is_carried_out_as_far_as_it_still_stands() -> None:
    user = a_person(*ALL, software_token=True)
    attempt = an_attempt(awaiting="SELECT_MFA_TYPE", available=ALL)
    for answer, challenge in ((SMS, SMS), (TOTP, TOTP), (MAIL, MAIL), ("EMAIL_MFA", MAIL)):
        facts = facts_of(OPTIONAL, user)
        answers = {"USERNAME": "alice", "ANSWER": answer}
        step = machine.answer(attempt, facts, "SELECT_MFA_TYPE", answers)
        assert isinstance(step, Resume)
        then = second_factor(step.attempt, facts, SeededEntropy("e"))
        assert isinstance(then, Ask | SendCode)
        assert then.challenge == challenge
    # The app was deleted between the question and the answer, and one factor is left.
    step = machine.answer(
        attempt, facts_of(OPTIONAL, user), "SELECT_MFA_TYPE", {"USERNAME": "alice", "ANSWER": TOTP}
    )
    assert isinstance(step, Resume)
    left = second_factor(step.attempt, facts_of(OPTIONAL, a_person(SMS)), SeededEntropy("e"))
    assert isinstance(left, SendCode)
    assert left.challenge == SMS


@holds("MFA-77", "MFA-78")
@pytest.mark.parametrize(
    "awaiting, answers",
    [
        ("SELECT_MFA_TYPE", {}),
        ("SELECT_MFA_TYPE", {"ANSWER": "WEB_AUTHN"}),
        ("SELECT_MFA_TYPE", {"ANSWER": TOTP}),
        (SMS, {}),
        (SMS, {"EMAIL_OTP_CODE": "123456"}),
        (MAIL, {"SMS_MFA_CODE": "123456"}),
        (TOTP, {"SMS_MFA_CODE": "123456"}),
    ],
)
def test_an_answer_that_is_none_is_refused(awaiting: str, answers: dict[str, str]) -> None:
    attempt = an_attempt(awaiting=awaiting, available=(SMS, MAIL))
    evidence = Evidence(software_token=SoftwareToken(seed=SEED))
    facts = facts_of(OPTIONAL, a_person(SMS, MAIL), evidence)
    with pytest.raises(InvalidParameter):
        machine.answer(attempt, facts, awaiting, {"USERNAME": "alice", **answers})


def token(**members: Any) -> Evidence:
    return Evidence(software_token=SoftwareToken(seed=SEED, version=3, **members))


@holds("MFA-34", "MFA-37", "MFA-75", "MFA-76")
@pytest.mark.parametrize(
    "step, evidence, refusal",
    [
        (STEP, token(), None),
        (STEP - 1, token(), None),
        (STEP + 1, token(), None),
        (STEP - 2, token(), CodeMismatch),
        (STEP + 2, token(), CodeMismatch),
        (STEP, token(used_step=STEP - 1), None),
        (STEP, token(used_step=STEP), ExpiredCode),
        (STEP - 1, token(used_step=STEP), ExpiredCode),
        (STEP + 1, token(used_step=STEP), None),
        (STEP, Evidence(software_token=None), SoftwareTokenMFANotFound),
        (STEP, Evidence(), SoftwareTokenMFANotFound),
    ],
)
def test_codes_of_an_app(step: int, evidence: Evidence, refusal: type[Exception] | None) -> None:
    attempt = an_attempt(awaiting=TOTP)
    facts = facts_of(OPTIONAL, a_person(TOTP, software_token=True), evidence)
    answers = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": totp.code_at(SEED, step)}
    verdict = machine.answer(attempt, facts, TOTP, answers)
    if refusal is None:
        assert isinstance(verdict, Proven)
        assert verdict.marks == (StepUsed(version=3, step=step),)
        assert verdict.attempt.factors == ("pwd", "otp")
    else:
        assert isinstance(verdict, Refuse)
        assert type(verdict.refusal) is refusal
        assert not verdict.spends


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "12 456", "１２３４５６", "-12345"]
)
def test_what_is_no_code_proves_nothing(code: str) -> None:
    attempt = an_attempt(awaiting=TOTP)
    facts = facts_of(OPTIONAL, a_person(TOTP, software_token=True), token())
    answers = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code}
    if not code:
        with pytest.raises(InvalidParameter, match="Missing required parameter"):
            machine.answer(attempt, facts, TOTP, answers)
        return
    verdict = machine.answer(attempt, facts, TOTP, answers)
    assert isinstance(verdict, Refuse)
    assert isinstance(verdict.refusal, CodeMismatch)


def sent(pool: LoadedPool, challenge: str, to: str, **members: Any) -> tuple[Attempt, str]:
    """Return an attempt that awaits a code, and the code."""
    medium = one_time_code.MEDIUM[challenge]
    bare = an_attempt(awaiting=challenge, **members)
    digest = one_time_code.digest_of(pool, bare, challenge, "123456")
    state = CodeState(digest=digest, medium=medium, destination=to)
    return msgspec.structs.replace(bare, code=state), "123456"


@holds("MFA-71", "MFA-72", "MFA-73")
def test_codes_by_message() -> None:
    attempt, code = sent(OPTIONAL, SMS, PHONE)
    right = {"USERNAME": "alice", "SMS_MFA_CODE": code}
    user = a_person(SMS)
    verdict = machine.answer(attempt, facts_of(OPTIONAL, user), SMS, right)
    assert isinstance(verdict, Proven)
    assert verdict.user is not None
    assert verdict.user.attributes["phone_number_verified"] == "true"
    assert verdict.user.document.mfa == user.document.mfa
    wrong = machine.answer(
        attempt, facts_of(OPTIONAL, user), SMS, {**right, "SMS_MFA_CODE": "654321"}
    )
    assert isinstance(wrong, Refuse)
    assert isinstance(wrong.refusal, CodeMismatch)
    # An administrator has changed the number since: the code went to somebody else's.
    for has in ({"phone_number": "+12065550199"}, {}):
        moved = machine.answer(attempt, facts_of(OPTIONAL, a_person(SMS, has=has)), SMS, right)
        assert isinstance(moved, Refuse)
        assert isinstance(moved.refusal, NotAuthorized)


@holds("MFA-92", "MFA-94")
def test_an_address_is_set_up_only_for_who_has_none() -> None:
    new = "new@example.com"
    attempt, code = sent(REQUIRED, MAIL, new, setup=SetupState(email=new))
    answers = {"USERNAME": "alice", "EMAIL_OTP_CODE": code}
    verdict = machine.answer(attempt, facts_of(REQUIRED, a_person(has={})), MAIL, answers)
    assert isinstance(verdict, Proven)
    assert verdict.user is not None
    assert verdict.user.attributes == {"email": new, "email_verified": "true"}
    assert verdict.user.document.mfa["enabled"] == (MAIL,)
    assert verdict.attempt.setup is None
    for user in (
        a_person(has={"email": ADDRESS}),
        a_person(TOTP, software_token=True, has={}),
        a_person(has={"phone_number": PHONE}),
    ):
        late = machine.answer(attempt, facts_of(REQUIRED, user), MAIL, answers)
        assert isinstance(late, Refuse)
        assert isinstance(late.refusal, NotAuthorized)


@holds("MFA-92", "MFA-93", "MFA-94", "MFA-96", "MFA-97")
@pytest.mark.parametrize(
    "user, setup, answers, evidence, ok",
    [
        (a_person(has={}), None, {"EMAIL": "new@example.com"}, Evidence(), SendCode),
        (a_person(has={}), None, {"email": "new@example.com"}, Evidence(), SendCode),
        (a_person(has={}), None, {}, Evidence(), Refuse),
        (a_person(has={}), None, {"PHONE_NUMBER": PHONE}, Evidence(), Refuse),
        (a_person(has={"email": ADDRESS}), None, {"EMAIL": "new@example.com"}, Evidence(), Refuse),
        (
            a_person(TOTP, software_token=True, has={}),
            None,
            {"EMAIL": "new@example.com"},
            Evidence(),
            Refuse,
        ),
        # An app: verified in this session, not verified, deleted since, replaced since.
        (a_person(has={}), SetupState(seed=SEED, is_proven=True), {}, token(), Attempt),
        (a_person(has={}), SetupState(seed=SEED), {}, token(), Refuse),
        (
            a_person(has={}),
            SetupState(seed=SEED, is_proven=True),
            {},
            Evidence(software_token=None),
            Refuse,
        ),
        (a_person(has={}), SetupState(seed=b"other", is_proven=True), {}, token(), Refuse),
        (a_person(has={}), None, {"SOFTWARE_TOKEN_MFA_CODE": "123456"}, token(), Refuse),
    ],
)
def test_answers_of_setting_up(
    user: User,
    setup: SetupState | None,
    answers: dict[str, str],
    evidence: Evidence,
    ok: type[Any],
) -> None:
    attempt = an_attempt(awaiting="MFA_SETUP", available=ALL, setup=setup)
    facts = facts_of(REQUIRED, user, evidence)
    verdict = machine.answer(attempt, facts, "MFA_SETUP", {"USERNAME": "alice", **answers})
    if ok is Attempt:
        assert isinstance(verdict, Proven)
        assert verdict.attempt.factors == ("pwd", "otp")
        return
    assert isinstance(verdict, ok)
    if isinstance(verdict, Refuse):
        assert verdict.refusal.text == "Invalid session for the user."


@holds("MFA-97")
def test_who_may_not_write_an_address_sets_none_up() -> None:
    facts = facts_of(REQUIRED, a_person(has={}))
    client = a_client(REQUIRED, write_attributes=("name",))
    facts = msgspec.structs.replace(facts, client=client)
    attempt = an_attempt(awaiting="MFA_SETUP", available=ALL)
    answers = {"USERNAME": "alice", "EMAIL": "new@example.com"}
    with pytest.raises(NotAuthorized, match="unauthorized attribute"):
        machine.answer(attempt, facts, "MFA_SETUP", answers)
    with pytest.raises(InvalidParameter, match="email"):
        machine.answer(
            attempt,
            facts_of(REQUIRED, a_person(has={})),
            "MFA_SETUP",
            {**answers, "EMAIL": "nonsense"},
        )
