"""Passwords: what a new one must hold, how one is kept, and how one is checked.

A pool keeps SRP verifiers, or Argon2id hashes where its tag forbids SRP; both stand sealed in
the user's row, with former ones for the history. A verifier is checked in place (about 0.1 ms);
Argon2id runs in a few threads with a bounded queue, because it would hold the event loop for
20 ms. For a user who does not exist the same work is done against a decoy.
Source: docs/behaviours/users.md.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import msgspec

from poolkeep.base.entropy import DIGITS, Entropy, text
from poolkeep.base.ids import LOWER, UPPER, pool_suffix
from poolkeep.base.refusal import InvalidPassword, PasswordHistoryViolation, Unavailable
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import PasswordPolicy
from poolkeep.core.users import wording
from poolkeep.core.users.model import Credential, User
from poolkeep.crypto.passwords import (
    StoredVerifier,
    check_argon2,
    check_verifier,
    decoy_argon2,
    decoy_verifier,
    make_argon2,
    make_verifier,
)

T = TypeVar("T")

MINIMUM_LENGTH: Final = 8
TEMPORARY_LENGTH: Final = 12
TEMPORARY_DAYS: Final = 7
DAY_MS: Final = 24 * 60 * 60 * 1000
SYMBOLS: Final = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
"""Source: the service's documentation. A blank inside the password counts as well."""
TEMPORARY_SYMBOLS: Final = "!@#$%*+-=?_"
"""Those that survive HTML, shells and a reader."""

PURPOSE: Final = "srp-verifier"
DECOY_PURPOSE: Final = "fake-user"
THREADS: Final = 2
WAITING_MAX: Final = 64
"""Hashes that may wait: 64 of 22 ms on two threads is 0.7 s, beyond which callers give up."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Credential).decode


def check_policy(pool: LoadedPool, password: str, prefix: str) -> None:
    """Refuse a password that breaks the pool's policy, naming the first broken rule."""
    policies = pool.pool.settings.policies
    broken = broken_rule(policies.password_policy if policies else None, password)
    if broken:
        raise InvalidPassword(f"{prefix}{broken}")


def broken_rule(policy: PasswordPolicy | None, password: str) -> str | None:
    """Return the first rule that the password breaks. A pool without a policy demands all four."""
    everything = policy is None
    rules = policy or PasswordPolicy()
    if len(password) < (rules.minimum_length or MINIMUM_LENGTH):
        return wording.TOO_SHORT
    held = set(password)
    if (everything or rules.require_uppercase) and held.isdisjoint(UPPER):
        return wording.NO_UPPERCASE
    if (everything or rules.require_lowercase) and held.isdisjoint(LOWER):
        return wording.NO_LOWERCASE
    if (everything or rules.require_numbers) and held.isdisjoint(DIGITS):
        return wording.NO_NUMBER
    if (everything or rules.require_symbols) and (
        held.isdisjoint(SYMBOLS) and " " not in password.strip(" ")
    ):
        return wording.NO_SYMBOL
    return None


def history_size(pool: LoadedPool) -> int:
    """Return how many of the newest passwords, the present one included, must not come back."""
    policies = pool.pool.settings.policies
    policy = policies.password_policy if policies else None
    return (policy.password_history_size or 0) if policy else 0


def temporary_password(pool: LoadedPool, entropy: Entropy) -> str:
    """Return a random password that satisfies every policy of the pool's length."""
    policies = pool.pool.settings.policies
    policy = policies.password_policy if policies else None
    length = max((policy.minimum_length if policy else None) or 0, TEMPORARY_LENGTH)
    each = "".join(text(entropy, kind, 1) for kind in (UPPER, LOWER, DIGITS, TEMPORARY_SYMBOLS))
    rest = text(entropy, UPPER + LOWER + DIGITS, length - len(each))
    order = entropy.bytes(8 * length)
    places = sorted(range(length), key=lambda place: order[8 * place : 8 * place + 8])
    characters = each + rest
    return "".join(characters[place] for place in places)


def temporary_expiry_ms(pool: LoadedPool, now_ms: int) -> int:
    """Return until when a temporary password that is set now may be used."""
    settings = pool.pool.settings
    policy = settings.policies.password_policy if settings.policies else None
    days = policy.temporary_password_validity_days if policy else None
    if days is None and settings.admin_create_user_config:
        days = settings.admin_create_user_config.unused_account_validity_days
    return now_ms + (days or TEMPORARY_DAYS) * DAY_MS


def make_credential(  # every part of what is sealed
    pool: LoadedPool,
    entropy: Entropy,
    *,
    user_id: str,
    username: str,
    password: str,
    previous: Credential | None = None,
) -> bytes:
    """Return the sealed credential of a new password, with `previous` in its history."""
    verifier = argon2 = None
    if pool.pool.password_storage == "argon2id":
        argon2 = make_argon2(entropy, password)
    else:
        verifier = make_verifier(entropy, pool_suffix(pool.pool.id), username, password).encode()
    history: tuple[bytes, ...] = ()
    if previous is not None and (kept := max(history_size(pool) - 1, 0)):
        history = _newest_first(previous)[:kept]
    credential = Credential(verifier=verifier, argon2=argon2, history=history)
    return pool.keys.seal(PURPOSE, _encode(credential), context=_context(pool, user_id))


def open_credential(pool: LoadedPool, user: User) -> Credential | None:
    """Return the user's credential unsealed; None when the user has no password."""
    if user.credential is None:
        return None
    return _decode(pool.keys.open(PURPOSE, user.credential, context=_context(pool, user.id)))


def stored_verifier(pool: LoadedPool, user: User) -> StoredVerifier | None:
    """Return the SRP verifier; None without a password, or where only a hash is kept."""
    credential = open_credential(pool, user)
    if credential is None or credential.verifier is None:
        return None
    return StoredVerifier.decode(credential.verifier)


def check_password(pool: LoadedPool, user: User, password: str) -> bool:
    """Say whether this is the user's password, in the caller's thread."""
    credential = open_credential(pool, user)
    if credential is None:
        check_decoy(pool, user.username, password)
        return False
    if credential.argon2 is not None:
        return check_argon2(credential.argon2, password)
    return _matches(pool, user.username, credential.verifier or b"", password)


def check_decoy(pool: LoadedPool, name: str, password: str) -> None:
    """Do the work of a check for a user who does not exist or has no password."""
    key = pool.keys.key(DECOY_PURPOSE)
    if pool.pool.password_storage == "argon2id":
        check_argon2(decoy_argon2(key, name), password)
    else:
        check_verifier(decoy_verifier(key, name), pool_suffix(pool.pool.id), name, password)


def was_used(pool: LoadedPool, user: User, password: str) -> bool:
    """Say whether the password is among the newest that the policy remembers."""
    size = history_size(pool)
    credential = open_credential(pool, user) if size else None
    if credential is None:
        return False
    kept = _newest_first(credential)[:size]
    verdicts = [_matches(pool, user.username, former, password) for former in kept]
    return any(verdicts)


class Passwords:
    """Makes and checks passwords without holding the event loop for long."""

    def __init__(
        self, entropy: Entropy, *, threads: int = THREADS, waiting_max: int = WAITING_MAX
    ) -> None:
        """Hash in `threads` threads, and let at most `waiting_max` callers wait for one."""
        self._entropy = entropy
        self._threads = threads
        self._waiting_max = waiting_max
        self._pool: ThreadPoolExecutor | None = None  # most deployments never need one
        self._busy = 0

    async def make(
        self, pool: LoadedPool, *, user_id: str, username: str, password: str,
        previous: Credential | None = None,
    ) -> bytes:  # fmt: skip
        """Return the sealed credential of a new password."""
        return await self._run(
            pool,
            lambda: make_credential(
                pool, self._entropy, user_id=user_id, username=username, password=password,
                previous=previous,
            ),
        )  # fmt: skip

    async def replace(self, pool: LoadedPool, user: User, password: str) -> bytes:
        """Return the sealed credential of a user's new password, the old one remembered."""
        previous = open_credential(pool, user) if history_size(pool) else None
        return await self.make(
            pool, user_id=user.id, username=user.username, password=password, previous=previous
        )

    async def check(self, pool: LoadedPool, user: User, password: str) -> bool:
        """Say whether this is the user's password; a user without one costs the same."""
        return await self._run(pool, lambda: check_password(pool, user, password))

    async def check_decoy(self, pool: LoadedPool, name: str, password: str) -> None:
        """Do the work of a check for a user who does not exist."""
        await self._run(pool, lambda: check_decoy(pool, name, password))

    async def check_history(self, pool: LoadedPool, user: User, password: str) -> None:
        """Refuse a password that the policy still remembers."""
        if not history_size(pool) or user.credential is None:
            return
        if await self._run(pool, lambda: was_used(pool, user, password)):
            raise PasswordHistoryViolation(wording.USED_BEFORE)

    def temporary(self, pool: LoadedPool) -> str:
        """Return a random password that satisfies the policy."""
        return temporary_password(pool, self._entropy)

    def close(self) -> None:
        """Let the threads finish."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    async def _run(self, pool: LoadedPool, work: Callable[[], T]) -> T:
        """Run at once where it is quick, else in a thread; refuses when too many wait."""
        if pool.pool.password_storage != "argon2id":
            return work()
        if self._busy >= self._threads + self._waiting_max:
            raise Unavailable(wording.TOO_MANY_PASSWORDS_WAITING)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="passwords")
        self._busy += 1
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Counted until the thread is done, not until the caller gives up.
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def _done(self, _: object) -> None:
        self._busy -= 1


def _matches(pool: LoadedPool, username: str, stored: bytes, password: str) -> bool:
    if stored.startswith(b"$"):
        return check_argon2(stored.decode("ascii"), password)
    verifier = StoredVerifier.decode(stored)
    return check_verifier(verifier, pool_suffix(pool.pool.id), username, password)


def _newest_first(credential: Credential) -> tuple[bytes, ...]:
    present = credential.verifier or (credential.argon2 or "").encode("ascii")
    return (present, *credential.history) if present else credential.history


def _context(pool: LoadedPool, user_id: str) -> str:
    return f"users/{pool.pool.id}/{user_id}"
