"""Every question of USER_AUTH, answered wrongly in every way: docs/behaviours/user-auth.md.

One table: each challenge with its right answer, and each way in which an answer is no good.
"""

import base64
import dataclasses
from collections.abc import Callable
from typing import Final

import pytest

from tests.behaviours.choice import FLOWS, WRONG, a_choice_app, a_person, begin, policies
from tests.behaviours.wording import (
    BAD_SESSION,
    INCORRECT,
    LOCKED,
    OLD_SESSION,
    USED_SESSION,
    Words,
    words_of,
)
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    a_phone,
    an_email,
    holds,
    race,
    refused,
    tampered,
)

BAD_CODE: Final = ("CodeMismatchException", "Invalid code or auth state for the user.")


@dataclasses.dataclass(frozen=True)
class Question:
    """A challenge that somebody was asked, and what would be right."""

    app: App
    name: str
    challenge: str
    session: str
    answers: dict[str, str]

    def answer(self, app: App | None = None, session: str = "", /, **changed: str) -> Json:
        """Give the right answer, but for what is changed."""
        given = {"USERNAME": self.name, **self.answers, **changed}
        return (app or self.app).respond(self.challenge, session or self.session, **given)


def asked_to_select(app: App, name: str, _email: str) -> Question:
    step = begin(app, name)
    answers = {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD}
    return Question(app, name, step["ChallengeName"], step["Session"], answers)


def asked_for_password(app: App, name: str, _email: str) -> Question:
    step = begin(app, name, "PASSWORD")
    return Question(app, name, step["ChallengeName"], step["Session"], {"PASSWORD": PASSWORD})


def asked_for_srp(app: App, name: str, _email: str) -> Question:
    step = begin(app, name, "PASSWORD_SRP")
    srp_a = SrpClient(app.pool_id).public
    return Question(app, name, step["ChallengeName"], step["Session"], {"SRP_A": srp_a})


def asked_for_proof(app: App, name: str, _email: str) -> Question:
    srp = SrpClient(app.pool_id)
    step = begin(app, name, "PASSWORD_SRP", SRP_A=srp.public)
    answers = srp.answers(step["ChallengeParameters"], PASSWORD)
    return Question(app, name, step["ChallengeName"], step["Session"], answers)


def asked_for_code(app: App, name: str, email: str) -> Question:
    step = begin(app, name, "EMAIL_OTP")
    answers = {"EMAIL_OTP_CODE": app.wire.code(email)}
    return Question(app, name, step["ChallengeName"], step["Session"], answers)


Asker = Callable[[App, str, str], Question]
ASKERS: Final[list[Asker]] = [
    asked_to_select,
    asked_for_password,
    asked_for_srp,
    asked_for_proof,
    asked_for_code,
]
each = pytest.mark.parametrize("asker", ASKERS, ids=lambda one: one.__name__)


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    return a_choice_app(wire)


def asked(asker: Asker, app: App) -> Question:
    name, email, _ = a_person(app)
    return asker(app, name, email)


def goes_on(step: dict[str, Json]) -> bool:
    return "AuthenticationResult" in step or "ChallengeName" in step


@holds("CHOICE-27")
@each
def test_an_answer_uses_its_session_up(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    assert goes_on(question.answer())
    with refused(*USED_SESSION):
        question.answer()


@holds("CHOICE-27")
@each
def test_of_racers_one_goes_on(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    won, lost = race(6, question.answer)
    assert len(won) == 1, lost
    assert {words_of(refusal) for refusal in lost} <= {USED_SESSION, LOCKED}


@holds("CHOICE-28")
@each
def test_an_altered_session_is_refused(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    session = question.session
    raw = base64.urlsafe_b64decode(session + "=" * (-len(session) % 4))
    texts = [
        tampered(session, position)
        for position in (0, 2, 15, len(session) // 2, len(session) - 30, -2)
    ]
    texts += [session[:-20], session + session, session + "=", session.upper()]
    for altered in (raw[:-1], raw + b"\0", bytes([raw[0] ^ 2]) + raw[1:]):
        texts.append(base64.urlsafe_b64encode(altered).rstrip(b"=").decode())
    for text in texts:
        with refused(*BAD_SESSION):
            question.answer(None, text)
    assert goes_on(question.answer())


@holds("CHOICE-28")
@each
def test_a_session_of_another_client_is_refused(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    with refused(*BAD_SESSION):
        question.answer(app.another_client(ExplicitAuthFlows=FLOWS))
    assert goes_on(question.answer())


@holds("CHOICE-28")
@each
def test_a_session_of_another_pool_is_refused(app: App, wire: Wire, asker: Asker) -> None:
    question = asked(asker, app)
    other = an_app(wire, a_pool(wire), ExplicitAuthFlows=FLOWS)
    other.user(question.name)
    with refused(*BAD_SESSION):
        question.answer(other)
    assert goes_on(question.answer())


@holds("CHOICE-28")
@each
def test_a_session_of_another_user_is_refused(app: App, asker: Asker) -> None:
    mine, theirs = asked(asker, app), asked(asker, app)
    for who in (theirs.name, "nobody-of-this-name"):
        with refused(*BAD_SESSION):
            mine.answer(USERNAME=who)
    with refused(*BAD_SESSION):
        theirs.answer(None, mine.session)
    assert goes_on(mine.answer())
    assert goes_on(theirs.answer())


@holds("CHOICE-28")
@each
def test_a_session_of_another_challenge_is_refused(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    everything = {
        "ANSWER": "PASSWORD",
        "PASSWORD": PASSWORD,
        "SRP_A": "1f",
        "EMAIL_OTP_CODE": "12345678",
        "SMS_OTP_CODE": "12345678",
        "SMS_MFA_CODE": "123456",
        "SOFTWARE_TOKEN_MFA_CODE": "123456",
        "NEW_PASSWORD": "Fresh-Horse-8",
    }
    others = {
        *("SELECT_CHALLENGE", "PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "SMS_MFA"),
        *("SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED", "CUSTOM_CHALLENGE", "MFA_SETUP"),
    } - {question.challenge}
    for other in sorted(others):
        with refused(*BAD_SESSION):
            app.respond(other, question.session, USERNAME=question.name, **everything)
    assert goes_on(question.answer())


@holds("CHOICE-28")
@each
def test_a_session_grows_old(clock_wire: Wire, asker: Asker) -> None:
    app = a_choice_app(clock_wire)
    question = asked(asker, app)
    clock_wire.advance(181)
    with refused(*OLD_SESSION):
        question.answer()


@holds("CHOICE-28")
@each
def test_a_session_of_a_deleted_user_is_refused(app: App, asker: Asker) -> None:
    question = asked(asker, app)
    app.admin("AdminDeleteUser", question.name)
    with refused(*BAD_SESSION):
        question.answer()
    app.user(question.name, email=an_email(), phone_number=a_phone())
    with refused(*BAD_SESSION):
        question.answer()


WRONGS: Final[list[tuple[Asker, dict[str, str], Words]]] = [
    (asked_to_select, {"PASSWORD": WRONG}, INCORRECT),
    (asked_for_password, {"PASSWORD": WRONG}, INCORRECT),
    (asked_for_code, {"EMAIL_OTP_CODE": "00000000"}, BAD_CODE),
    (asked_for_code, {"EMAIL_OTP_CODE": "1"}, BAD_CODE),
    (asked_for_code, {"EMAIL_OTP_CODE": "x" * 300}, BAD_CODE),
]


@holds("CHOICE-21", "CHOICE-22")
@pytest.mark.parametrize("asker, wrong, words", WRONGS)
def test_a_wrong_answer_leaves_the_session_good(
    app: App, asker: Asker, wrong: dict[str, str], words: Words
) -> None:
    question = asked(asker, app)
    for _ in range(2):
        with refused(*words):
            question.answer(**wrong)
    assert goes_on(question.answer())


@holds("CHOICE-22")
def test_a_wrong_proof_uses_its_block_up(app: App) -> None:
    question = asked(asked_for_proof, app)
    with refused(*INCORRECT):
        question.answer(PASSWORD_CLAIM_SIGNATURE="A" * 43 + "=")
    with refused(*USED_SESSION):
        question.answer()


@holds("CHOICE-11", "CHOICE-28")
def test_block_and_session_belong_together(app: App) -> None:
    name, email, _ = a_person(app)
    one, other = asked_for_proof(app, name, email), asked_for_proof(app, name, email)
    for session, answers in ((one.session, other.answers), (other.session, one.answers)):
        with refused(*BAD_SESSION):
            one.answer(None, session, **answers)
    assert goes_on(one.answer())


@holds("CHOICE-22")
@pytest.mark.parametrize("asker", [asked_to_select, asked_for_password])
def test_wrong_passwords_lock_every_flow(clock_wire: Wire, asker: Asker) -> None:
    app = a_choice_app(clock_wire)
    question = asked(asker, app)
    for _ in range(5):
        with refused(*INCORRECT):
            question.answer(PASSWORD=WRONG)
    clock_wire.advance(-30)  # a slow machine must not see the short lock end
    proof = asked_for_proof(app, question.name, "")
    for right in (
        question.answer,
        proof.answer,
        lambda: begin(app, question.name, "PASSWORD", PASSWORD=PASSWORD),
    ):
        with refused(*LOCKED):
            right()
    clock_wire.advance(40)
    assert goes_on(question.answer())


@holds("CHOICE-21")
def test_ten_wrong_codes_end_a_session(clock_wire: Wire) -> None:
    app = a_choice_app(clock_wire, AuthSessionValidity=15)
    question = asked(asked_for_code, app)
    told: list[Words] = []
    for _ in range(40):
        with pytest.raises(RefusedError) as caught:
            question.answer(EMAIL_OTP_CODE="00000000")
        told.append(words_of(caught.value))
        if told[-1] == BAD_SESSION:
            break
        clock_wire.advance(20)  # past the lock that wrong codes bring
    assert told.count(BAD_CODE) == 10
    assert told[-1] == BAD_SESSION
    clock_wire.advance(20)
    with refused(*BAD_SESSION):
        question.answer()


@holds("CHOICE-27")
def test_a_code_is_good_in_its_own_session_only(app: App) -> None:
    name, email, _ = a_person(app)
    first = asked_for_code(app, name, email)
    second = asked_for_code(app, name, email)
    assert first.answers != second.answers
    with refused(*BAD_CODE):
        second.answer(**first.answers)
    with refused(*BAD_CODE):
        first.answer(**second.answers)
    assert goes_on(first.answer())
    assert goes_on(second.answer())


@holds("CHOICE-26")
def test_passwords_can_be_proven_whatever_the_policy_does_meanwhile(wire: Wire) -> None:
    app = a_choice_app(wire)
    name, email, _ = a_person(app)
    questions = [asker(app, name, email) for asker in ASKERS]
    wire.call("UpdateUserPool", UserPoolId=app.pool_id, Policies=policies(["PASSWORD"]))
    for question in questions[:4]:
        assert goes_on(question.answer())
    with refused(*BAD_SESSION):
        questions[4].answer()
