"""What the machine of choice-based sign-in knows of people and of the questions put to them."""

import dataclasses
import time
from typing import Any, ClassVar, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from tests.behaviours.choice import policies
from tests.behaviours.factors import SENDER, prefer
from tests.flows.in_process import InProcessWire
from tests.sdk.builders import SMS_ROLE, App
from tests.sdk.srp import SrpClient
from tests.sdk.support import a_phone, an_email, attributes, unique

PASSWORDS: Final = ("Correct-Horse-1", "Correct-Horse-2")
WRONG: Final = "Wrong-Horse-9"
SESSION_S: Final = 180
FREE: Final = 5
WORDS: Final = ["PASSWORD", "PASSWORD_SRP"]
CODES: Final = ["EMAIL_OTP", "SMS_OTP"]
SECOND: Final = ["EMAIL_OTP", "SMS_MFA"]
BY_MAIL: Final = {"EMAIL_OTP": True, "SMS_OTP": False, "SMS_MFA": False}
FIRST, NEXT = "first", "second"
SECRET: Final = 7919
"""A client's private number; the proofs of the machine are no secret."""

UNSURE: Final = {"LimitExceededException"}
LOCKED: Final = "Password attempts exceeded"
NEW, SELECT, SELECT_MFA = "NEW_PASSWORD_REQUIRED", "SELECT_CHALLENGE", "SELECT_MFA_TYPE"


@dataclasses.dataclass
class Account:
    """A user as the model has it; `mark` changes with every password."""

    name: str
    email: str
    phone: str
    password: str | None = PASSWORDS[0]
    temporary: bool = False
    confirmed: bool = True
    enabled: bool = True
    exists: bool = True
    second: frozenset[str] = frozenset()
    failures: int = 0
    wrong_codes: int = 0
    mark: int = 0

    def to(self, challenge: str) -> str:
        """Return where a code goes."""
        return self.email if BY_MAIL[challenge] else self.phone


@dataclasses.dataclass
class Question:
    """A challenge of the server's, and what the model knows of it."""

    kind: str
    account: Account
    client: int
    session: str
    pool_id: str
    proven: frozenset[str]
    ends_s: float
    mark: int
    right: str = ""
    address: str = ""
    parameters: dict[str, str] = dataclasses.field(default_factory=dict)
    srp: SrpClient | None = None
    available: list[str] = dataclasses.field(default_factory=list)
    used: bool = False
    unsure: bool = False


def password_of(account: Account | None, how: str) -> str:
    """Return the user's own password, or a wrong one."""
    right = account.password if account else None
    return WRONG if how != "right" or right is None else right


def answers_to(question: Question, choice: str, *, right: bool) -> dict[str, str]:
    """Return what answers a question, all but the name."""
    account = question.account
    password = password_of(account, "right" if right else WRONG)
    srp_a = SrpClient(question.pool_id, a=SECRET).public
    match question.kind:
        case "PASSWORD":
            return {"PASSWORD": password}
        case "PASSWORD_SRP":
            return {"SRP_A": srp_a}
        case "PASSWORD_VERIFIER":
            assert question.srp is not None
            answers = question.srp.answers(question.parameters, password)
            return {key: value for key, value in answers.items() if key != "USERNAME"}
        case "SELECT_CHALLENGE":
            inline = {"PASSWORD": password} if right and account.password else {}
            return {"ANSWER": choice, "SRP_A": srp_a, **inline}
        case "SELECT_MFA_TYPE":
            return {"ANSWER": choice}
        case "NEW_PASSWORD_REQUIRED":
            return {"NEW_PASSWORD": PASSWORDS[1] if right else "weak"}
        case code:
            wrong = "0" * len(question.right) if set(question.right) != {"0"} else "1"
            return {f"{code}_CODE": question.right if right else wrong}


def offer(account: Account, allowed: list[str]) -> list[str]:
    """Return what the user may choose from while the pool allows these codes."""
    words = WORDS if account.password else []
    barred = account.temporary or account.second
    return [*([] if barred else [one for one in CODES if one in allowed]), *words]


Made: TypeAlias = Any
"""What a rule adds to a bundle: one thing, or none."""


@dataclasses.dataclass(frozen=True)
class World:
    """Two clients of one pool, and one of another."""

    wire: InProcessWire
    apps: tuple[App, App, App]


class Administration(RuleBasedStateMachine):
    """The administrator of the pool: people come and go, and change, and so does the policy."""

    world: ClassVar[World]
    names: Bundle[str] = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Account] = {}
        self.moved_s = 0.0
        self.allowed = list(CODES)

    @initialize(target=names)
    def first_people(self) -> Made:
        self._allow(CODES)
        made = [self._made(PASSWORDS[0]), self._made(None), self._made(PASSWORDS[0])]
        self._turn_on(made[0], {"SMS_MFA"})
        return multiple(*made)

    @property
    def app(self) -> App:
        """The first client: where administrators work as well."""
        return self.world.apps[0]

    def _now_s(self) -> float:
        return time.monotonic() + self.moved_s

    # -- the administrator

    def _made(self, password: str | None, *, temporary: bool = False) -> str:
        account = Account(unique("choice"), an_email(), a_phone(), password, temporary)
        listed = attributes({"email": account.email, "phone_number": account.phone})
        given = {"TemporaryPassword": password} if password else {}
        members = {"MessageAction": "SUPPRESS", "UserAttributes": listed, **given}
        if not password and not self.allowed:
            self._allow(CODES)
        self.app.admin("AdminCreateUser", account.name, **members)
        if password and not temporary:
            self.app.admin("AdminSetUserPassword", account.name, Password=password, Permanent=True)
        self.people[account.name] = account
        return account.name

    @rule(target=names, password=st.sampled_from([None, *PASSWORDS]), temporary=st.booleans())
    def create(self, password: str | None, temporary: bool) -> Made:
        return self._made(password, temporary=temporary and password is not None)

    @rule(target=names)
    def sign_up(self) -> Made:
        account = Account(unique("choice"), an_email(), a_phone(), confirmed=False)
        values = {"email": account.email, "phone_number": account.phone}
        self.app.sign_up(account.name, PASSWORDS[0], **values)
        self.people[account.name] = account
        return account.name

    @rule(name=names, enabled=st.sampled_from([True, True, False]))
    def enable(self, name: str, enabled: bool) -> None:
        self._enable(name, enabled=enabled)

    def _enable(self, name: str, *, enabled: bool) -> None:
        if account := self.people.get(name):
            self.app.admin("AdminEnableUser" if enabled else "AdminDisableUser", name)
            account.enabled = enabled

    @rule(name=names, password=st.sampled_from(PASSWORDS), permanent=st.booleans())
    def set_password(self, name: str, password: str, permanent: bool) -> None:
        self._set_password(name, password, permanent=permanent)

    def _set_password(self, name: str, password: str, *, permanent: bool) -> None:
        if account := self.people.get(name):
            self.app.admin("AdminSetUserPassword", name, Password=password, Permanent=permanent)
            account.password, account.temporary = password, not permanent
            account.confirmed, account.failures = True, 0
            account.mark += 1

    @rule(name=names, second=st.sets(st.sampled_from(SECOND)))
    def turn_on(self, name: str, second: set[str]) -> None:
        self._turn_on(name, second)

    def _turn_on(self, name: str, second: set[str]) -> None:
        if account := self.people.get(name):
            for factor in SECOND:
                if factor not in second:
                    setting = {"EMAIL_OTP": "EmailMfaSettings", "SMS_MFA": "SMSMfaSettings"}[factor]
                    off = {setting: {"Enabled": False}}
                    self.app.admin("AdminSetUserMFAPreference", name, **off)
            if second:
                prefer(self.app, name, *second)
            account.second = frozenset(second)

    @rule(name=names)
    def move(self, name: str) -> None:
        self._move(name)

    def _move(self, name: str) -> None:
        if account := self.people.get(name):
            account.email = an_email()
            changed = attributes({"email": account.email, "email_verified": "true"})
            self.app.admin("AdminUpdateUserAttributes", name, UserAttributes=changed)

    @rule(codes=st.sampled_from([CODES, CODES, ["EMAIL_OTP"], []]))
    def change_policy(self, codes: list[str]) -> None:
        self._allow(codes)

    @rule(name=names)
    def delete(self, name: str) -> None:
        self._delete(name)

    def _delete(self, name: str) -> None:
        if account := self.people.pop(name, None):
            self.app.admin("AdminDeleteUser", name)
            account.exists = False

    @rule(seconds=st.sampled_from([1, 30, 100, 200]))
    def wait(self, seconds: int) -> None:
        self.world.wire.advance(seconds)
        self.moved_s += seconds

    def _allow(self, codes: list[str]) -> None:
        self.allowed = list(codes)
        self.world.wire.call(
            "UpdateUserPool",
            UserPoolId=self.app.pool_id,
            Policies=policies(["PASSWORD", *codes]),
            SmsConfiguration=SMS_ROLE,
            EmailConfiguration=SENDER,
            MfaConfiguration="OPTIONAL",
            AutoVerifiedAttributes=["email"],
        )
