"""What may be chosen: the decision table of docs/behaviours/user-auth.md."""

import base64
from typing import Any

import msgspec
import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import Policies, SignInPolicy
from poolkeep.core.signin import choices, handles
from poolkeep.core.signin.attempt import Attempt, CodeState, Flow, Proof
from poolkeep.core.signin.challenges import one_time_code
from poolkeep.core.signin.facts import Facts, SignInRow
from poolkeep.core.signin.steps import Proven, Refuse
from poolkeep.core.users.model import User, UserDocument
from poolkeep.core.users.passwords import foreign_credential, make_credential
from tests.sdk.support import holds
from tests.unit.core.users.people import a_client, a_pool, a_user, with_mfa

NOW_MS = 1_700_000_000_000
KEY, MAIL, TEXT, WORD, PROOF = "WEB_AUTHN", "EMAIL_OTP", "SMS_OTP", "PASSWORD", "PASSWORD_SRP"
WORDS = (WORD, PROOF)
ALL = (KEY, MAIL, TEXT, *WORDS)
EVERY = (WORD, MAIL, TEXT, KEY)
ADDRESS, NUMBER = {"email": "mary@example.com"}, {"phone_number": "+12065550100"}
BOTH = {**ADDRESS, **NUMBER}
MULTI = {"factor_configuration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
SECOND = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")


def allowing(*factors: str, storage: str = "srp-verifier") -> LoadedPool:
    """Return a pool that allows these first factors."""
    policy = SignInPolicy(allowed_first_auth_factors=factors)
    return a_pool(storage=storage, policies=Policies(sign_in_policy=policy))


POOL = allowing(*EVERY)
HASHES = allowing(*EVERY, storage="argon2id")
OPTIONAL = with_mfa(POOL, "OPTIONAL", *SECOND)
REQUIRED = with_mfa(allowing(WORD, KEY), "ON", *SECOND)


def with_password(user: User, pool: LoadedPool = POOL) -> User:
    """Return the user with a password of the pool's form."""
    credential = make_credential(
        pool, SeededEntropy("p"), user_id=user.id, username=user.username, password="Correct-1"
    )
    return msgspec.structs.replace(user, credential=credential)


def a_person(
    has: dict[str, str] | None = None, *, password: bool = True, status: str = "CONFIRMED",
    pool: LoadedPool = POOL, **mfa: Any,
) -> User:  # fmt: skip
    """Return a user with these attributes and factors."""
    document = UserDocument(attributes=has or {}, mfa=mfa)
    user = a_user(document=document, status=status)
    return with_password(user, pool) if password else user


def an_attempt(name: str = "alice", **members: Any) -> Attempt:
    """Return an attempt that has proven nothing."""
    defaults: dict[str, Any] = {
        "handle": "h" * 36,
        "flow": Flow.USER_AUTH,
        "client_id": "client1",
        "name": name,
        "username": name,
        "user_id": "u" * 36,
        "started_ms": NOW_MS,
        "expires_ms": NOW_MS + 180_000,
        "event_id": "e" * 36,
    }
    return Attempt(**{**defaults, **members})


def facts_of(pool: LoadedPool, user: User | None, *, hides: bool = False) -> Facts:
    hiding = {"prevent_user_existence_errors": "ENABLED"} if hides else {}
    return Facts(
        now_ms=NOW_MS,
        wall_ms=NOW_MS,
        pool=pool,
        client=a_client(pool, **hiding),
        row=SignInRow(user=user, groups=(), locked_until_ms=0, failures=0),
        given={},
    )


def offered(pool: LoadedPool, user: User | None, *, hides: bool = False) -> tuple[str, ...]:
    return choices.offer(an_attempt(), facts_of(pool, user, hides=hides)).challenges


@holds("CHOICE-02", "CHOICE-03", "CHOICE-04", "CHOICE-05", "CHOICE-07", "CHOICE-08")
@pytest.mark.parametrize(
    "pool, user, found",
    [
        # What the user has, of what the pool allows, in one order.
        (POOL, a_person(BOTH, passkeys=1), ALL),
        (POOL, a_person(BOTH), (MAIL, TEXT, *WORDS)),
        (POOL, a_person(ADDRESS), (MAIL, *WORDS)),
        (POOL, a_person(NUMBER, passkeys=3), (KEY, TEXT, *WORDS)),
        (POOL, a_person(), WORDS),
        (POOL, a_person(BOTH, password=False), (MAIL, TEXT)),
        (POOL, a_person({"email": ""}, password=False), ()),
        (POOL, a_person(password=False), ()),
        (allowing(WORD), a_person(BOTH, passkeys=1), WORDS),
        (allowing(WORD, TEXT), a_person(BOTH, passkeys=1), (TEXT, *WORDS)),
        (allowing(KEY, WORD), a_person(BOTH, passkeys=1), (KEY, *WORDS)),
        (a_pool(), a_person(BOTH, passkeys=1), WORDS),
        (allowing(WORD), a_person(BOTH, password=False, passkeys=1), ()),
        # Every state but the temporary password's chooses freely; strangers choose nothing.
        (POOL, a_person(BOTH, status="UNCONFIRMED"), (MAIL, TEXT, *WORDS)),
        (POOL, a_person(BOTH, status="RESET_REQUIRED", password=False), (MAIL, TEXT)),
        (POOL, a_person(BOTH, status="FORCE_CHANGE_PASSWORD", passkeys=1), WORDS),
        (POOL, a_person(BOTH, status="EXTERNAL_PROVIDER", passkeys=1), ()),
        (POOL, a_person(BOTH, status="ARCHIVED"), ()),
        # A second factor in use bars codes, and passkeys that are one factor only.
        (OPTIONAL, a_person(BOTH, passkeys=1), ALL),
        (OPTIONAL, a_person(BOTH, passkeys=1, enabled=["SMS_MFA"]), WORDS),
        (OPTIONAL, a_person(BOTH, passkeys=1, enabled=["SOFTWARE_TOKEN_MFA"]), WORDS),
        (OPTIONAL, a_person(BOTH, passkeys=1, preferred="SMS_MFA"), ALL),
        (POOL, a_person(BOTH, passkeys=1, enabled=["SMS_MFA"]), ALL),
        (
            with_mfa(POOL, "OPTIONAL", *SECOND, **MULTI),
            a_person(BOTH, passkeys=1, enabled=["EMAIL_OTP"]),
            (KEY, *WORDS),
        ),
        # A pool that requires MFA, whatever the user has turned on.
        (REQUIRED, a_person(BOTH, passkeys=1), WORDS),
        (
            with_mfa(allowing(WORD, KEY), "ON", *SECOND, **MULTI),
            a_person(passkeys=1),
            (KEY, *WORDS),
        ),
        # Passwords that no proof of SRP can be given for.
        (HASHES, a_person(ADDRESS, pool=HASHES), (MAIL, WORD)),
        (POOL, a_person(pool=HASHES), (WORD,)),
    ],
)
def test_what_is_offered(pool: LoadedPool, user: User, found: tuple[str, ...]) -> None:
    assert offered(pool, user) == found
    if found:
        assert offered(pool, user, hides=True) == found


@holds("CHOICE-07")
def test_a_hash_from_elsewhere_proves_no_srp_until_it_is_replaced() -> None:
    user = a_user()
    imported = foreign_credential(POOL, user.id, "$2b$10$" + "a" * 53)
    assert offered(POOL, msgspec.structs.replace(user, credential=imported)) == (WORD,)


@holds("CHOICE-30", "CHOICE-34")
@pytest.mark.parametrize(
    "pool, always",
    [
        (POOL, (MAIL, TEXT, *WORDS)),
        (allowing(WORD), WORDS),
        (allowing(WORD, MAIL), (MAIL, *WORDS)),
        (HASHES, (MAIL, TEXT, WORD)),
        (OPTIONAL, (MAIL, TEXT, *WORDS)),
        (REQUIRED, WORDS),
    ],
)
def test_what_nobody_is_offered(pool: LoadedPool, always: tuple[str, ...]) -> None:
    for user in (None, a_person(BOTH, status="EXTERNAL_PROVIDER")):
        offer = choices.offer(an_attempt(), facts_of(pool, user, hides=True))
        assert offer.pretended
        assert tuple(name for name in offer.challenges if name != KEY) == always
    assert offered(pool, a_person(BOTH, status="EXTERNAL_PROVIDER")) == ()


@holds("CHOICE-35")
def test_half_of_the_names_have_passkeys_always_the_same_half() -> None:
    named = with_mfa(POOL, "OFF", relying_party_id="example.org")

    def has(name: str, pool: LoadedPool = named) -> bool:
        return KEY in choices.offer(an_attempt(name), facts_of(pool, None, hides=True)).challenges

    names = [f"nobody-{number}" for number in range(400)]
    first = [has(name) for name in names]
    assert first == [has(name) for name in names]
    assert 140 < sum(first) < 260
    assert not any(has(name, allowing(WORD)) for name in names)
    assert not any(has(name, POOL) for name in names), "nobody can have made one"
    assert not any(has(name, REQUIRED) for name in names)


@holds("CHOICE-26")
@pytest.mark.parametrize(
    "pool, user, members, holds_still",
    [
        (POOL, a_person(ADDRESS), {}, True),
        (allowing(WORD), a_person(ADDRESS), {}, False),
        (POOL, a_person({"email": "other@example.com"}), {}, False),
        (POOL, a_person(), {}, False),
        (POOL, a_person(ADDRESS, status="FORCE_CHANGE_PASSWORD"), {}, False),
        (OPTIONAL, a_person(ADDRESS, enabled=["EMAIL_OTP"]), {}, False),
        # A second factor is the business of the second factors, as are other flows of theirs.
        (allowing(WORD), a_person(ADDRESS), {"proofs": (Proof.FIRST_FACTOR,)}, True),
        (allowing(WORD), a_person(ADDRESS), {"flow": Flow.CUSTOM_AUTH}, True),
        (allowing(WORD), a_person(ADDRESS), {"awaiting": "SELECT_CHALLENGE"}, True),
        (allowing(WORD), a_person(ADDRESS), {"awaiting": "PASSWORD"}, True),
        (POOL, a_person(ADDRESS), {"awaiting": KEY, "code": None}, False),
        (POOL, a_person(passkeys=1), {"awaiting": KEY, "code": None}, True),
    ],
)
def test_a_factor_must_still_stand_when_it_is_proven(
    pool: LoadedPool, user: User, members: dict[str, Any], holds_still: bool
) -> None:
    code = CodeState(digest=b"d", medium="EMAIL", destination=ADDRESS["email"])
    attempt = an_attempt(**{"awaiting": MAIL, "code": code, **members})
    assert choices.still_holds(attempt, facts_of(pool, user)) is holds_still


def proven_by_code(user: User) -> User | None:
    """Return how a right code changes the user."""
    attempt = an_attempt(awaiting=MAIL)
    digest = one_time_code.digest_of(POOL, attempt, MAIL, "12345678")
    code = CodeState(digest=digest, medium="EMAIL", destination=ADDRESS["email"])
    asked = msgspec.structs.replace(attempt, code=code)
    wrong = one_time_code.check(asked, facts_of(POOL, user), {"EMAIL_OTP_CODE": "12345679"})
    assert isinstance(wrong, Refuse)
    right = one_time_code.check(asked, facts_of(POOL, user), {"EMAIL_OTP_CODE": "12345678"})
    assert isinstance(right, Proven)
    return right.user


@holds("CHOICE-21", "CHOICE-24")
@pytest.mark.parametrize(
    "before, password, after",
    [
        ("UNCONFIRMED", True, "CONFIRMED"),
        ("UNCONFIRMED", False, "CONFIRMED"),
        ("RESET_REQUIRED", False, "CONFIRMED"),
        ("RESET_REQUIRED", True, "RESET_REQUIRED"),
        ("CONFIRMED", True, "CONFIRMED"),
    ],
)
def test_a_code_confirms_who_was_waiting_for_nothing_else(
    before: str, password: bool, after: str
) -> None:
    changed = proven_by_code(a_person(ADDRESS, status=before, password=password))
    assert changed is not None
    assert changed.status == after
    assert changed.attributes["email_verified"] == "true"


@holds("CHOICE-33")
def test_handles_of_somebody_and_nobody_have_one_length() -> None:
    plain = {len(handles.seal(POOL, an_attempt("n" * size))) for size in range(1, 60)}
    nobody = {len(handles.seal(POOL, an_attempt("n" * n, user_id=None))) for n in range(1, 60)}
    assert plain == nobody
    assert len(plain) == 1
    sealed = handles.seal(POOL, an_attempt("n" * 128))
    assert handles.unseal(POOL, "client1", sealed, NOW_MS) == an_attempt("n" * 128)
    assert len(base64.urlsafe_b64encode(sealed)) <= 2048
