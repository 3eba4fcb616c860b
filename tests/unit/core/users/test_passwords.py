import asyncio
import threading
from typing import Any

import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import InvalidPassword, PasswordHistoryViolation, Unavailable
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import passwords as module
from poolkeep.core.users.passwords import (
    Passwords,
    check_decoy,
    check_password,
    check_policy,
    make_credential,
    open_credential,
    stored_verifier,
    temporary_expiry_ms,
    temporary_password,
)
from poolkeep.core.users.wording import ADMIN_PREFIX
from poolkeep.crypto.envelope import EnvelopeBroken
from tests.unit.core.users.people import PASSWORD, a_policy, a_pool, a_user

DAY_MS = 86_400_000


@pytest.fixture
def passwords() -> Any:
    made = Passwords(SeededEntropy(), threads=1, waiting_max=1)
    yield made
    made.close()


def holder(pool: LoadedPool, password: str = PASSWORD) -> Any:
    user = a_user()
    sealed = make_credential(
        pool, SeededEntropy(), user_id=user.id, username=user.username, password=password
    )
    return a_user(credential=sealed)


@pytest.mark.parametrize(
    "password, rule",
    [
        ("Sh0rt-x", "Password not long enough"),
        ("lower-case-1", "Password must have uppercase characters"),
        ("UPPER-CASE-1", "Password must have lowercase characters"),
        ("No-Numbers-x", "Password must have numeric characters"),
        ("NoSymbols123", "Password must have symbol characters"),
        (" NoSymbols12 ", "Password must have symbol characters"),
        ("ÄÖÜ-lower-1x", "Password must have uppercase characters"),
        ("No-Numbers-٣x", "Password must have numeric characters"),
        ("x", "Password not long enough"),
    ],
)
def test_the_first_broken_rule_is_told(password: str, rule: str) -> None:
    with pytest.raises(InvalidPassword) as caught:
        check_policy(a_pool(), password, ADMIN_PREFIX)
    assert caught.value.text == f"Password did not conform with password policy: {rule}"


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "With Blank 1", *(f"Aa345678{c}" for c in "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")],
)
def test_a_good_password_passes(password: str) -> None:
    check_policy(a_pool(), password, ADMIN_PREFIX)


def test_a_policy_demands_only_what_it_says() -> None:
    check_policy(a_pool(**a_policy(minimum_length=6)), "simple", ADMIN_PREFIX)
    with pytest.raises(InvalidPassword, match="uppercase"):
        check_policy(a_pool(**a_policy(require_uppercase=True)), "simple-one", ADMIN_PREFIX)


@pytest.mark.parametrize("length", [6, 8, 20, 99])
def test_a_temporary_password_satisfies_every_policy(length: int) -> None:
    pool = a_pool(
        **a_policy(
            minimum_length=length,
            require_uppercase=True,
            require_lowercase=True,
            require_numbers=True,
            require_symbols=True,
        )
    )
    entropy = SeededEntropy()
    made = {temporary_password(pool, entropy) for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_policy(pool, password, ADMIN_PREFIX)


@pytest.mark.parametrize("rules, days", [({}, 7), ({"temporary_password_validity_days": 1}, 1)])
def test_a_temporary_password_expires(rules: dict[str, int], days: int) -> None:
    assert temporary_expiry_ms(a_pool(**a_policy(**rules)), 5) == 5 + days * DAY_MS


@pytest.mark.parametrize("storage", ["srp-verifier", "argon2id"])
def test_only_the_right_password_of_the_right_user_is_accepted(storage: str) -> None:
    pool = a_pool(storage=storage)
    user = holder(pool)
    assert check_password(pool, user, PASSWORD)
    assert not check_password(pool, user, PASSWORD + " ")
    assert not check_password(pool, user, PASSWORD.lower())
    assert not check_password(pool, a_user(), PASSWORD)  # has none
    kept = open_credential(pool, user)
    assert kept is not None
    assert (kept.verifier is None) is (storage == "argon2id")
    assert (stored_verifier(pool, user) is None) is (storage == "argon2id")
    assert PASSWORD not in repr(kept)


def test_a_credential_cannot_be_moved_to_another_user_or_pool() -> None:
    pool = a_pool()
    sealed = holder(pool).credential
    with pytest.raises(EnvelopeBroken):
        check_password(pool, a_user("bob", number=2, credential=sealed), PASSWORD)
    with pytest.raises(EnvelopeBroken):
        check_password(a_pool(pool_id="eu-west-1_Other1234"), a_user(credential=sealed), PASSWORD)


def test_composed_and_decomposed_accents_are_different_passwords() -> None:
    pool = a_pool()
    user = holder(pool, "Caf\u00e9-Horse-7")
    assert check_password(pool, user, "Caf\u00e9-Horse-7")
    assert not check_password(pool, user, "Cafe\u0301-Horse-7")


async def test_the_newest_passwords_may_not_come_back(passwords: Passwords) -> None:
    pool = a_pool(**a_policy(minimum_length=8, password_history_size=3))
    user = a_user()
    for number in range(5):
        sealed = await passwords.replace(pool, user, f"password-{number}")
        user = a_user(credential=sealed)
    for number in (2, 3, 4):
        with pytest.raises(PasswordHistoryViolation):
            await passwords.check_history(pool, user, f"password-{number}")
    for number in (0, 1):
        await passwords.check_history(pool, user, f"password-{number}")
    kept = open_credential(pool, user)
    assert kept is not None
    assert len(kept.history) == 2


async def test_without_a_history_nothing_is_kept(passwords: Passwords) -> None:
    pool = a_pool()
    user = holder(pool)
    user = a_user(credential=await passwords.replace(pool, user, "Another-Horse-8"))
    kept = open_credential(pool, user)
    assert kept is not None
    assert kept.history == ()
    await passwords.check_history(pool, user, "Another-Horse-8")


async def test_a_full_queue_refuses_at_once_and_recovers(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = a_pool(storage="argon2id")
    user = holder(pool)
    gate = threading.Event()
    monkeypatch.setattr(module, "check_argon2", lambda *_: gate.wait(10))
    running = [asyncio.ensure_future(passwords.check(pool, user, PASSWORD)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.check(pool, user, PASSWORD)
    gate.set()
    assert await asyncio.gather(*running) == [True, True]
    assert await passwords.check(pool, user, PASSWORD)


@pytest.mark.parametrize("storage", ["srp-verifier", "argon2id"])
async def test_an_absent_user_costs_the_same_work(
    passwords: Passwords, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = a_pool(storage=storage)
    work: list[str] = []
    for name in ("check_verifier", "check_argon2"):
        original = getattr(module, name)

        def counted(*arguments: Any, name: str = name, original: Any = original) -> bool:
            work.append(name)
            return bool(original(*arguments))

        monkeypatch.setattr(module, name, counted)
    user = holder(pool)
    await passwords.check(pool, user, "Wrong-Horse-1")
    await passwords.check(pool, a_user(), "Wrong-Horse-1")
    await passwords.check_decoy(pool, "nobody", "Wrong-Horse-1")
    check_decoy(pool, "nobody", "Wrong-Horse-1")
    assert work == [work[0]] * 4
