"""Sign-in against a model of what has been proven: tokens for every owed proof, and for no less.

People sign in by password and by SRP, in any order, through the right client and the wrong one,
with handles that are fresh, used, expired, altered or somebody else's, while an administrator
changes the accounts underneath. Whoever gets tokens must have proven everything at that moment;
whoever has must get them.
"""

import base64
import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.flows.in_process import InProcessWire, serving
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.srp import SrpClient
from tests.sdk.support import Json, RefusedError, refused, unique

PASSWORDS: Final = ("Correct-Horse-1", "Correct-Horse-2", "Correct-Horse-3")
WRONG: Final = "Wrong-Horse-9"
WEAK: Final = "weak"
SESSION_S: Final = 180
FREE: Final = 5
SRP, NEW = "PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED"
BAD_SESSION: Final = ("NotAuthorizedException", "Invalid session for the user.")


@dataclasses.dataclass
class Account:
    """A user as the model has it; `mark` changes with every password."""

    name: str
    password: str
    temporary: bool
    confirmed: bool = True
    enabled: bool = True
    exists: bool = True
    failures: int = 0
    mark: int = 0

    @property
    def may_enter(self) -> bool:
        """Whether the right password leads anywhere."""
        return self.exists and self.enabled and self.confirmed


@dataclasses.dataclass
class Handle:
    """A question of the server's, and what the model knows of it."""

    kind: str
    account: Account
    client: int
    mark: int
    ends_s: float
    text: str
    srp: SrpClient | None = None
    parameters: dict[str, str] = dataclasses.field(default_factory=dict)
    used: bool = False


@dataclasses.dataclass(frozen=True)
class World:
    """Two clients of one pool, and one of another pool."""

    wire: InProcessWire
    apps: tuple[App, App, App]


Made: TypeAlias = Any
"""What a rule adds to a bundle: one thing, several, or none."""


class SignIns(RuleBasedStateMachine):
    """People, an administrator, and somebody who tries everything."""

    world: ClassVar[World]
    names: Bundle[str] = Bundle("names")
    handles: Bundle[Handle] = Bundle("handles")

    def __init__(self) -> None:
        super().__init__()
        self.holders: dict[str, Account] = {}
        self.moved_s = 0.0

    @initialize(target=names)
    def first_accounts(self) -> Made:
        return multiple(self._made(temporary=False), self._made(temporary=True))

    @property
    def app(self) -> App:
        """The first client: where administrators work as well."""
        return self.world.apps[0]

    def _now_s(self) -> float:
        return time.monotonic() + self.moved_s

    # -- the administrator

    def _made(self, *, temporary: bool, name: str = "") -> str:
        account = Account(name or unique("machine"), PASSWORDS[0], temporary)
        if temporary:
            self.app.temporary_user(account.name, TemporaryPassword=account.password)
        else:
            self.app.user(account.name, account.password)
        self.holders[account.name] = account
        return account.name

    @rule(target=names, temporary=st.booleans())
    def create(self, temporary: bool) -> Made:
        return self._made(temporary=temporary)

    @rule(target=names)
    def sign_up(self) -> Made:
        account = Account(unique("machine"), PASSWORDS[0], temporary=False, confirmed=False)
        self.app.sign_up(account.name, account.password)
        self.holders[account.name] = account
        return account.name

    @rule(name=names, enabled=st.booleans())
    def enable(self, name: str, enabled: bool) -> None:
        if account := self.holders.get(name):
            self.app.admin("AdminEnableUser" if enabled else "AdminDisableUser", name)
            account.enabled = enabled

    @rule(name=names, password=st.sampled_from(PASSWORDS), permanent=st.booleans())
    def set_password(self, name: str, password: str, permanent: bool) -> None:
        if account := self.holders.get(name):
            self.app.admin("AdminSetUserPassword", name, Password=password, Permanent=permanent)
            account.password = password
            account.temporary = not permanent
            account.confirmed = True
            account.failures = 0
            account.mark += 1

    @rule(name=names)
    def delete(self, name: str) -> None:
        """Delete the user, or give the name to somebody else."""
        if account := self.holders.pop(name, None):
            self.app.admin("AdminDeleteUser", name)
            account.exists = False
        else:
            self._made(temporary=True, name=name)

    @rule(seconds=st.sampled_from([1, 30, 100, 200]))
    def wait(self, seconds: int) -> None:
        self.world.wire.advance(seconds)
        self.moved_s += seconds

    # -- people

    @rule(
        target=handles,
        name=names,
        client=st.sampled_from([0, 1]),
        guess=st.sampled_from(["right", "right", *PASSWORDS, WRONG]),
    )
    def enter_password(self, name: str, client: int, guess: str) -> Made:
        account = self.holders.get(name)
        password = account.password if account and guess == "right" else guess
        step = self._outcome(lambda: self.world.apps[client].password_step(name, password))
        if account is None:
            assert step is None
            return multiple()
        return self._judged(account, client, step, right=password == account.password)

    @rule(target=handles, name=names, client=st.sampled_from([0, 1]))
    def begin_srp(self, name: str, client: int) -> Made:
        account = self.holders.get(name)
        srp = SrpClient(self.app.pool_id, a=7919)
        given = {"USERNAME": name, "SRP_A": srp.public}
        step = self._outcome(lambda: self.world.apps[client].initiate("USER_SRP_AUTH", **given))
        if account is None or step is None:
            assert account is None
            assert step is None
            return multiple()
        assert step["ChallengeName"] == SRP
        parameters = step["ChallengeParameters"]
        return self._handle(SRP, account, client, parameters["SECRET_BLOCK"], srp, parameters)

    @rule(target=handles, handle=handles)
    def answer_rightly(self, handle: Handle) -> Made:
        if handle.srp is not None:
            return self._answer_srp(handle, "right", handle.client)
        self._choose_password(handle, PASSWORDS[2], handle.client)
        return multiple()

    @rule(
        target=handles,
        handle=handles,
        password=st.sampled_from(["right", WRONG]),
        client=st.sampled_from(["own", 0, 1, 2]),
    )
    def answer_srp(self, handle: Handle, password: str, client: str | int) -> Made:
        through = handle.client if client == "own" else int(client)
        return self._answer_srp(handle, password, through)

    @rule(
        handle=handles,
        password=st.sampled_from([*PASSWORDS, WEAK]),
        client=st.sampled_from(["own", 0, 1, 2]),
    )
    def choose_password(self, handle: Handle, password: str, client: str | int) -> None:
        through = handle.client if client == "own" else int(client)
        self._choose_password(handle, password, through)

    def _answer_srp(self, handle: Handle, password: str, through: int) -> Made:
        if handle.srp is None:
            return multiple()
        account = handle.account
        known = account.password if password == "right" else WRONG
        answers = handle.srp.answers(handle.parameters, known)
        good = self._is_good(handle, through)
        right = good and password == "right" and handle.mark == account.mark
        step = self._outcome(lambda: self.world.apps[through].respond(SRP, None, **answers))
        if good and not (step is None and account.failures >= FREE):  # inside a lock it stays
            handle.used = True
        if not good:
            assert step is None
            return multiple()
        return self._judged(account, through, step, right=right)

    def _choose_password(self, handle: Handle, password: str, through: int) -> None:
        account = handle.account
        answers = {"USERNAME": account.name, "NEW_PASSWORD": password}
        step = self._outcome(lambda: self.world.apps[through].respond(NEW, handle.text, **answers))
        right = (
            handle.kind == NEW
            and password != WEAK
            and self._is_good(handle, through)
            and account.may_enter
            and account.temporary
            and handle.mark == account.mark
        )
        assert (step is not None) == right, (handle, account)
        if step is not None:
            handle.used = True
            account.password, account.temporary = password, False
            account.mark += 1
            self._speaks_for(step, account)

    # -- somebody who tries everything

    @rule(handle=handles, challenge=st.sampled_from([SRP, NEW, "SMS_MFA", "SELECT_CHALLENGE"]))
    def answer_another_challenge(self, handle: Handle, challenge: str) -> None:
        if challenge == handle.kind:
            return
        given = {"USERNAME": handle.account.name, "NEW_PASSWORD": PASSWORDS[0], "ANSWER": "1"}
        given |= {"PASSWORD_CLAIM_SIGNATURE": "x", "PASSWORD_CLAIM_SECRET_BLOCK": handle.text}
        given |= {"TIMESTAMP": "Mon Jan 5 08:09:10 UTC 2026", "SMS_MFA_CODE": "123456"}
        app = self.world.apps[handle.client]
        assert self._outcome(lambda: app.respond(challenge, handle.text, **given)) is None

    @rule(handle=handles, other=names)
    def answer_for_somebody_else(self, handle: Handle, other: str) -> None:
        if other == handle.account.name:
            return
        answers = self._answers(handle, handle.text) | {"USERNAME": other}
        assert self._outcome(lambda: self._use(handle, handle.text, answers)) is None

    @rule(handle=handles, place=st.integers(0, 10**6), bit=st.integers(0, 7))
    def alter(self, handle: Handle, place: int, bit: int) -> None:
        coding = _coding(handle)
        raw = bytearray(coding.decode(handle.text))
        raw[place % len(raw)] ^= 1 << bit
        self._refuse(handle, coding.encode(bytes(raw)))

    @rule(handle=handles, other=handles, cut=st.integers(0, 10**6))
    def splice(self, handle: Handle, other: Handle, cut: int) -> None:
        coding = _coding(handle)
        mine, theirs = coding.decode(handle.text), _coding(other).decode(other.text)
        mixed = mine[: cut % len(mine)] + theirs[cut % len(theirs) :]
        if mixed not in {mine, theirs}:
            self._refuse(handle, coding.encode(mixed))

    def _refuse(self, handle: Handle, text: str) -> None:
        assert self._outcome(lambda: self._use(handle, text, self._answers(handle, text))) is None

    def _answers(self, handle: Handle, text: str) -> dict[str, str]:
        if handle.srp is None:
            return {"USERNAME": handle.account.name, "NEW_PASSWORD": PASSWORDS[1]}
        parameters = {**handle.parameters, "SECRET_BLOCK": text}
        return handle.srp.answers(parameters, handle.account.password)

    def _use(self, handle: Handle, text: str, answers: dict[str, str]) -> dict[str, Json]:
        session = None if handle.kind == SRP else text
        return self.world.apps[handle.client].respond(handle.kind, session, **answers)

    # -- verdicts

    def _handle(  # one question
        self, kind: str, account: Account, client: int, text: str,
        srp: SrpClient | None = None, parameters: dict[str, str] | None = None,
    ) -> Handle:  # fmt: skip
        ends_s = self._now_s() + SESSION_S
        return Handle(kind, account, client, account.mark, ends_s, text, srp, parameters or {})

    def _is_good(self, handle: Handle, through: int) -> bool:
        """Tell whether the handle itself may be used, now and through this client."""
        fresh = self._now_s() < handle.ends_s
        return fresh and not handle.used and through == handle.client and handle.account.exists

    def _judged(
        self, account: Account, client: int, step: dict[str, Json] | None, *, right: bool
    ) -> Made:
        """Compare the outcome of a proof of the password with the model."""
        if step is None:
            locked = account.failures >= FREE
            assert not (right and account.may_enter) or locked, account
            if right and not locked:
                account.failures = 0  # the proof was right; the account is not let in
            else:
                account.failures += not right
            return multiple()
        assert right, "no tokens and no question without the right password"
        assert account.may_enter
        account.failures = 0
        if not account.temporary:
            self._speaks_for(step, account)
            return multiple()
        assert step["ChallengeName"] == NEW
        return self._handle(NEW, account, client, step["Session"])

    def _speaks_for(self, step: dict[str, Json], account: Account) -> None:
        access = step["AuthenticationResult"]["AccessToken"]
        assert self.world.wire.call("GetUser", AccessToken=access)["Username"] == account.name

    def _outcome(self, act: Callable[[], dict[str, Json]]) -> dict[str, Json] | None:
        """Return a step, None for a refusal; anything else is a defect."""
        try:
            return act()
        except RefusedError as refusal:
            if refusal.status != 400:
                raise
            return None


@dataclasses.dataclass(frozen=True)
class Coding:
    """How a handle is spelled."""

    encode: Callable[[bytes], str]
    decode: Callable[[str], bytes]


def _coding(handle: Handle) -> Coding:
    if handle.kind == SRP:
        return Coding(lambda raw: base64.b64encode(raw).decode(), base64.b64decode)
    return Coding(
        lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("world")
    with serving(folder) as wire:
        first = an_app(wire, a_pool(wire))
        yield World(wire, (first, first.another_client(), an_app(wire)))


def test_tokens_for_every_owed_proof_and_no_less(world: World) -> None:
    SignIns.world = world
    run_state_machine_as_test(SignIns, settings=settings(stateful_step_count=40))


@pytest.mark.parametrize("kind", [SRP, NEW])
def test_no_altered_handle_is_taken(world: World, kind: str) -> None:
    """Every byte of a handle, with a bit flipped, is refused in the same words."""
    app = world.apps[0]
    name = app.user() if kind == SRP else app.temporary_user()
    srp = SrpClient(app.pool_id, a=7919)
    if kind == SRP:
        asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        parameters = asked["ChallengeParameters"]
        text = parameters["SECRET_BLOCK"]
        key = srp.session_key(
            name, "Correct-Horse-7", salt=parameters["SALT"], server_public=parameters["SRP_B"]
        )
    else:
        parameters, key = {}, b""
        text = app.password_step(name)["Session"]
    account = Account(name, "Correct-Horse-7", temporary=kind == NEW)
    coding = _coding(Handle(kind, account, 0, 0, 0, text))

    def use(altered: str) -> dict[str, Json]:
        if kind == SRP:
            # Signed anew, as somebody would who knows the password: still no oracle.
            answers = srp.signed(key, {**parameters, "SECRET_BLOCK": altered})
            return app.respond(SRP, None, **answers)
        answers = {"USERNAME": name, "NEW_PASSWORD": "Another-Horse-7"}
        return app.respond(NEW, altered, **answers)

    raw = coding.decode(text)
    for place in range(len(raw)):
        flipped = raw[:place] + bytes([raw[place] ^ (1 << place % 8)]) + raw[place + 1 :]
        with refused(*BAD_SESSION):
            use(coding.encode(flipped))
    for cut in (1, 16, len(raw) // 2, len(raw) - 20):
        with refused(*BAD_SESSION):
            use(coding.encode(raw[:-cut]))
    with refused(*BAD_SESSION):
        use(coding.encode(raw + raw))
    assert use(text)["AuthenticationResult"], "nothing of that has used it up"
    with refused("NotAuthorizedException"):
        use(text)
