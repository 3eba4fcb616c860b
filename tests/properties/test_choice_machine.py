"""Choice-based sign-in with second factors against a model: no tokens without every owed proof.

People choose, prefer, answer rightly and wrongly, with questions that are fresh, used, expired or
somebody else's, through the right client and the wrong ones. Meanwhile an administrator changes
passwords, addresses, second factors and the pool's policy. Whoever gets tokens must have proven a
first factor that still stood, and a second one if one was owed; whoever answers a good question
rightly must get on.
"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.behaviours.choice import begin, begin_with
from tests.behaviours.every_factor import a_factor_app
from tests.flows.in_process import serving
from tests.properties.choice_model import (
    BY_MAIL,
    CODES,
    FIRST,
    FREE,
    LOCKED,
    NEW,
    NEXT,
    PASSWORDS,
    SECOND,
    SECRET,
    SELECT,
    SELECT_MFA,
    SESSION_S,
    UNSURE,
    WORDS,
    WRONG,
    Account,
    Administration,
    Made,
    Question,
    World,
    answers_to,
    offer,
    password_of,
)
from tests.sdk.srp import SrpClient
from tests.sdk.support import Json, RefusedError


class Choices(Administration):
    """People, an administrator, and somebody who tries everything."""

    world: ClassVar[World]
    names = Administration.names
    questions: Bundle[Question] = Bundle("questions")

    def __init__(self) -> None:
        super().__init__()
        self.refusal: RefusedError | None = None

    # -- people

    @rule(
        target=questions,
        name=names,
        client=st.sampled_from([0, 0, 1]),
        preferred=st.sampled_from(["", *WORDS, *CODES]),
        password=st.sampled_from(["", "right", WRONG]),
    )
    def begin(self, name: str, client: int, preferred: str, password: str) -> Made:
        return self._begin(name, client, preferred, password)

    @rule(
        target=questions,
        name=names,
        client=st.sampled_from([0, 1]),
        preferred=st.sampled_from(["", *WORDS, *CODES]),
        steps=st.integers(1, 6),
        pick=st.integers(0, 3),
        slips=st.booleans(),
    )
    def go_on(
        self, name: str, client: int, preferred: str, steps: int, pick: int, slips: bool
    ) -> Made:
        """Begin, and give so many right answers, each after a wrong one if somebody slips."""
        asked = self._begin(name, client, preferred, "")
        for _ in range(steps):
            if not isinstance(asked, Question):
                return multiple()
            if slips and asked.kind in {"PASSWORD", *BY_MAIL}:
                self._answer(asked, "", client, right=False)
            offered = asked.available or [""]
            asked = self._answer(asked, offered[pick % len(offered)], client, right=True)
        return asked

    @rule(
        target=questions,
        name=names,
        factor=st.sampled_from(["PASSWORD", *CODES]),
        change=st.sampled_from(
            ["move", "policy", "temporary", "second", "disable", "delete", "nothing"]
        ),
    )
    def change_before_the_answer(self, name: str, factor: str, change: str) -> Made:
        """Begin, take away what the answer would stand on, and answer rightly."""
        asked = self._begin(name, 0, factor, "")
        match change:
            case "move":
                self._move(name)
            case "policy":
                self._allow([one for one in CODES if one != factor])
            case "temporary":
                self._set_password(name, PASSWORDS[0], permanent=False)
            case "second":
                self._turn_on(name, {"SMS_MFA"})
            case "disable":
                self._enable(name, enabled=False)
            case "delete":
                self._delete(name)
        if isinstance(asked, Question):
            first = self._answer(asked, "", 0, right=True)
            assert self._answer(asked, "", 0, right=True) == multiple(), "it was used up"
            return first
        return multiple()

    def _begin(self, name: str, client: int, preferred: str, password: str) -> Made:
        account = self.people.get(name)
        srp = SrpClient(self.app.pool_id, a=SECRET)
        given = {"SRP_A": srp.public}
        if password:
            given["PASSWORD"] = password_of(account, password)
        app = self.world.apps[client]
        step = self._outcome(lambda: begin(app, name, preferred, **given))
        if account is None:
            assert step is None
            return multiple()
        offered = offer(account, self.allowed)
        if preferred == "PASSWORD" and preferred in offered and password:
            return self._judged(account, client, step, right=password == "right")
        if step is None:
            self._may_be_refused(account, right=bool(offered))
            return multiple()
        asked = preferred if preferred in offered else SELECT
        expected = "PASSWORD_VERIFIER" if asked == "PASSWORD_SRP" else asked
        assert step["ChallengeName"] == expected
        return self._question(account, client, step, frozenset(), srp)

    @rule(target=questions, name=names, client=st.sampled_from([0, 1]))
    def confirm_and_go_on(self, name: str, client: int) -> Made:
        """Sign in by the session of a confirmation; it is good once, and for nobody else."""
        account = self.people.get(name)
        if account is None or account.confirmed or not account.enabled:
            return multiple()
        app = self.world.apps[client]
        sent = app.call("ResendConfirmationCode", name)["CodeDeliveryDetails"]["DeliveryMedium"]
        code = app.wire.code(account.email if sent == "EMAIL" else account.phone)
        session = app.call("ConfirmSignUp", name, ConfirmationCode=code)["Session"]
        account.confirmed = True
        other = self.world.apps[1 - client]
        assert self._outcome(lambda: begin_with(other, name, session)) is None
        step = self._outcome(lambda: begin_with(app, name, session))
        if step is None:
            self._may_be_refused(account, right=True)
            return multiple()
        assert self._outcome(lambda: begin_with(app, name, session)) is None
        return self._goes_on(account, client, step, frozenset({FIRST}))

    @rule(
        target=questions,
        question=questions,
        how=st.sampled_from(["right", "right", "right", "wrong"]),
        choice=st.sampled_from([*WORDS, *CODES, *SECOND]),
        client=st.sampled_from(["own", "own", "own", 0, 1, 2]),
    )
    def answer(self, question: Question, how: str, choice: str, client: str | int) -> Made:
        through = question.client if client == "own" else int(client)
        return self._answer(question, choice, through, right=how == "right")

    def _answer(self, question: Question, choice: str, through: int, *, right: bool) -> Made:
        account = question.account
        answers = {"USERNAME": account.name, **answers_to(question, choice, right=right)}
        app = self.world.apps[through]
        if question.kind == "PASSWORD_VERIFIER":
            right = right and question.mark == account.mark and account.password is not None
        stands = self._stands(question)
        step = self._outcome(lambda: app.respond(question.kind, question.session, **answers))
        good = self._is_good(question, through)
        if step is None:
            return self._refused(question, good=good, right=right, stands=stands)
        assert good or question.unsure, (question, account)
        assert right or question.kind in {SELECT, SELECT_MFA, "PASSWORD_SRP"}, question
        assert stands, question
        question.used = True
        return self._taken(question, step, choice, answers)

    def _taken(
        self, question: Question, step: dict[str, Json], choice: str, answers: dict[str, str]
    ) -> Made:
        """Note what an accepted answer has proven."""
        account, proven = question.account, question.proven
        srp = SrpClient(self.app.pool_id, a=SECRET)
        match question.kind:
            case "SELECT_CHALLENGE":
                checked = choice == "PASSWORD" and "PASSWORD" in answers
                if checked and step.get("ChallengeName") != SELECT:
                    proven, account.failures = proven | {FIRST}, 0
            case "PASSWORD" | "PASSWORD_VERIFIER":
                proven, account.failures = proven | {FIRST}, 0
            case "NEW_PASSWORD_REQUIRED":
                assert account.temporary
                assert question.mark == account.mark
                account.password, account.temporary = answers["NEW_PASSWORD"], False
                account.mark, account.failures = account.mark + 1, 0
            case "EMAIL_OTP" | "SMS_OTP" | "SMS_MFA":
                account.wrong_codes = 0
                if FIRST not in proven:
                    account.confirmed = True
                proven |= {NEXT if FIRST in proven else FIRST}
        return self._goes_on(account, question.client, step, proven, srp)

    def _refused(self, question: Question, *, good: bool, right: bool, stands: bool) -> Made:
        """Compare a refusal with the model, and note what it has cost."""
        account = question.account
        assert self.refusal is not None
        locked = self.refusal.text == LOCKED or self.refusal.code in UNSURE
        question.unsure |= locked
        if not good or question.unsure or not stands:
            return multiple()
        if question.kind in {"PASSWORD", "PASSWORD_VERIFIER"} and not right:
            account.failures += 1
            question.used = question.kind == "PASSWORD_VERIFIER"
        elif question.kind in BY_MAIL and not right:
            account.wrong_codes += 1
        elif right and question.kind not in {SELECT, SELECT_MFA, NEW}:
            self._may_be_refused(account, right=True)
            question.used = True
            account.failures = 0 if question.kind not in BY_MAIL else account.failures
            if question.kind in BY_MAIL and FIRST not in question.proven:
                account.confirmed = True
        else:
            question.unsure = True
        return multiple()

    # -- somebody who tries everything

    @rule(question=questions, other=names, choice=st.sampled_from(CODES))
    def answer_for_somebody_else(self, question: Question, other: str, choice: str) -> None:
        if other != question.account.name:
            answers = {**answers_to(question, choice, right=True), "USERNAME": other}
            self._fails(question, question.kind, question.session, answers)

    @rule(question=questions, kind=st.sampled_from([SELECT, "PASSWORD", "SMS_OTP", "SMS_MFA", NEW]))
    def answer_another_challenge(self, question: Question, kind: str) -> None:
        if kind != question.kind:
            answers = {"USERNAME": question.account.name, "ANSWER": "PASSWORD"}
            answers |= {"PASSWORD": question.account.password or "x", f"{kind}_CODE": "1"}
            self._fails(question, kind, question.session, {**answers, "NEW_PASSWORD": PASSWORDS[0]})

    @rule(question=questions, place=st.integers(0, 10**6), bit=st.integers(0, 7))
    def alter(self, question: Question, place: int, bit: int) -> None:
        text = question.session
        raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        raw[place % len(raw)] ^= 1 << bit
        altered = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
        answers = answers_to(question, "PASSWORD", right=True)
        self._fails(
            question, question.kind, altered, {**answers, "USERNAME": question.account.name}
        )

    def _fails(self, question: Question, kind: str, session: str, answers: dict[str, str]) -> None:
        app = self.world.apps[question.client]
        assert self._outcome(lambda: app.respond(kind, session, **answers)) is None

    # -- the model

    def _stands(self, question: Question) -> bool:
        """Tell whether a code may still be a first factor."""
        if question.kind not in CODES or FIRST in question.proven:
            return True
        account = question.account
        return question.kind in offer(account, self.allowed) and question.address == account.to(
            question.kind
        )

    def _is_good(self, question: Question, through: int) -> bool:
        fresh = self._now_s() < question.ends_s
        own = through == question.client and question.account.exists
        return fresh and own and not question.used

    def _judged(
        self, account: Account, client: int, step: dict[str, Json] | None, *, right: bool
    ) -> Made:
        """Compare the outcome of a password that came along with the model."""
        right = right and account.password is not None
        if step is None:
            if not right:
                account.failures += 1
            else:
                self._may_be_refused(account, right=True)
            return multiple()
        assert right
        account.failures = 0
        return self._goes_on(account, client, step, frozenset({FIRST}))

    def _may_be_refused(self, account: Account, *, right: bool) -> None:
        """Fail if somebody who could enter was sent away; locks and limits are no defect."""
        assert self.refusal is not None
        excused = account.failures >= FREE or account.wrong_codes >= FREE
        excused |= self.refusal.code in UNSURE or self.refusal.text == LOCKED
        may_enter = account.exists and account.enabled and account.confirmed
        assert excused or not (right and may_enter), (account, self.refusal)

    def _goes_on(
        self,
        account: Account,
        client: int,
        step: dict[str, Json],
        proven: frozenset[str],
        srp: SrpClient | None = None,
    ) -> Made:
        """Take tokens, which every owed proof must have earned, or the next question."""
        if "AuthenticationResult" not in step:
            return self._question(account, client, step, proven, srp)
        assert FIRST in proven, account
        assert NEXT in proven or not account.second, account
        assert account.exists, account
        assert account.enabled, account
        assert account.confirmed, account
        assert not account.temporary, account
        access = step["AuthenticationResult"]["AccessToken"]
        assert self.world.wire.call("GetUser", AccessToken=access)["Username"] == account.name
        return multiple()

    def _question(
        self,
        account: Account,
        client: int,
        step: dict[str, Json],
        proven: frozenset[str],
        srp: SrpClient | None,
    ) -> Question:
        kind: str = step["ChallengeName"]
        made = Question(
            kind, account, client, step["Session"], self.app.pool_id, proven,
            self._now_s() + SESSION_S, account.mark,
            parameters=step["ChallengeParameters"], srp=srp,
        )  # fmt: skip
        if kind == SELECT:
            made.available = step["AvailableChallenges"]
            assert made.available == offer(account, self.allowed)
        if kind == SELECT_MFA:
            made.available = json.loads(step["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
            assert set(made.available) == account.second
        if kind in BY_MAIL:
            made.address = account.to(kind)
            made.right = self.world.wire.code(made.address)
            assert len(made.right) == (6 if FIRST in proven else 8)
        return made

    def _outcome(self, act: Callable[[], dict[str, Json]]) -> dict[str, Json] | None:
        """Return a step, None for a refusal; anything else is a defect."""
        self.refusal = None
        try:
            return act()
        except RefusedError as refusal:
            if refusal.status != 400:
                raise
            self.refusal = refusal
            return None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("world")
    with serving(folder) as wire:
        first = a_factor_app(wire, ["PASSWORD", *CODES])
        flows = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
        yield World(wire, (first, first.another_client(**flows), a_factor_app(wire)))


def test_no_tokens_without_every_owed_proof(world: World) -> None:
    Choices.world = world
    run_state_machine_as_test(Choices, settings=settings(stateful_step_count=40))
