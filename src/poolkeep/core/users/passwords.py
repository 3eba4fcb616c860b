"""Passwords: what a new one must hold, how one is kept, and how one is checked.

A pool keeps SRP verifiers, or Argon2id hashes where its tag forbids SRP; both stand sealed in
the user's row, with former ones for the history. A verifier is checked in place (about 0.1 ms);
Argon2id runs in a few threads with a bounded queue, because it would hold the event loop for
20 ms. So do hashes that were imported; `upgraded` makes the pool's own form of them once the
password is known. For a user who does not exist the work is done against a decoy.
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
from poolkeep.core.pools.rules import password_policy, temporary_password_days, uses_srp
from poolkeep.core.users import wording
from poolkeep.core.users.model import Credential, User
from poolkeep.crypto import foreign_hashes
from poolkeep.crypto.passwords import (
    StoredVerifier,
    argon2_is_current,
    check_argon2,
    check_verifier,
    decoy_argon2,
    decoy_verifier,
    make_argon2,
    make_verifier,
)

T = TypeVar("T")

RULES: Final = {
    "length": wording.TOO_SHORT,
    "upper": wording.NO_UPPERCASE,
    "lower": wording.NO_LOWERCASE,
    "digit": wording.NO_NUMBER,
    "symbol": wording.NO_SYMBOL,
}
"""The rules of a policy, in the order in which they are named, with what callers read."""

TEMPORARY_LENGTH: Final = 12
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
    broken = broken_rule(password_policy(pool), password)
    if broken:
        raise InvalidPassword(f"{prefix}{broken}")


def broken_rule(policy: PasswordPolicy, password: str) -> str | None:
    """Return the first rule that the password breaks; None when it keeps them all."""
    broken = broken_rules(policy, password)
    return RULES[broken[0]] if broken else None


def broken_rules(policy: PasswordPolicy, password: str) -> list[str]:
    """Return every rule that the password breaks, by name, in the order of `RULES`."""
    held = set(password)
    no_symbol = held.isdisjoint(SYMBOLS) and " " not in password.strip(" ")
    # A blank at either end does not count as a symbol.
    broken = {
        "length": len(password) < (policy.minimum_length or 0),
        "upper": policy.require_uppercase and held.isdisjoint(UPPER),
        "lower": policy.require_lowercase and held.isdisjoint(LOWER),
        "digit": policy.require_numbers and held.isdisjoint(DIGITS),
        "symbol": policy.require_symbols and no_symbol,
    }
    return [rule for rule in RULES if broken[rule]]


def history_size(pool: LoadedPool) -> int:
    """Return how many of the newest passwords, the present one included, must not come back."""
    return password_policy(pool).password_history_size or 0


def temporary_password(pool: LoadedPool, entropy: Entropy) -> str:
    """Return a random password that satisfies every policy of the pool's length."""
    length = max(password_policy(pool).minimum_length or 0, TEMPORARY_LENGTH)
    each = "".join(text(entropy, kind, 1) for kind in (UPPER, LOWER, DIGITS, TEMPORARY_SYMBOLS))
    rest = text(entropy, UPPER + LOWER + DIGITS, length - len(each))
    order = entropy.bytes(8 * length)
    places = sorted(range(length), key=lambda place: order[8 * place : 8 * place + 8])
    characters = each + rest
    return "".join(characters[place] for place in places)


def temporary_expiry_ms(pool: LoadedPool, now_ms: int) -> int:
    """Return until when a temporary password that is set now may be used."""
    return now_ms + temporary_password_days(pool) * DAY_MS


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
    history: tuple[bytes, ...] = ()
    if previous is not None and (kept := max(history_size(pool) - 1, 0)):
        history = _newest_first(previous)[:kept]
    return _native(pool, entropy, user_id, username=username, password=password, history=history)


def foreign_credential(pool: LoadedPool, user_id: str, foreign: str) -> bytes:
    """Return the sealed credential of an imported hash, in the spelling of `foreign_hashes`."""
    credential = Credential(foreign=foreign)
    return pool.keys.seal(PURPOSE, _encode(credential), context=_context(pool, user_id))


def upgraded(
    pool: LoadedPool, entropy: Entropy, user: User, password: str, *, credential: Credential
) -> bytes:
    """Return the credential in the form that the pool keeps today, the history as it was."""
    return _native(
        pool, entropy, user.id, username=user.username, password=password,
        history=credential.history,
    )  # fmt: skip


def needs_upgrade(pool: LoadedPool, credential: Credential) -> bool:
    """Say whether the pool would keep the password in another form today.

    So it is with imported hashes, after the pool's tag has changed, and with Argon2id of a
    former cost.
    """
    if uses_srp(pool):
        return credential.verifier is None
    return credential.argon2 is None or not argon2_is_current(credential.argon2)


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
    return _check(pool, user, open_credential(pool, user), password)


def _is_slow(pool: LoadedPool, credential: Credential | None) -> bool:
    """Say whether a check takes long; what is kept decides, since the pool's tag may change."""
    if credential is None:
        return not uses_srp(pool)
    return credential.verifier is None


def check_decoy(pool: LoadedPool, name: str, password: str) -> None:
    """Do the work of a check for a user who does not exist or has no password."""
    key = pool.keys.key(DECOY_PURPOSE)
    if uses_srp(pool):
        check_verifier(decoy_verifier(key, name), pool_suffix(pool.pool.id), name, password)
    else:
        check_argon2(decoy_argon2(key, name), password)


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
            lambda: make_credential(
                pool, self._entropy, user_id=user_id, username=username, password=password,
                previous=previous,
            ),
            slow=not uses_srp(pool),
        )  # fmt: skip

    async def replace(self, pool: LoadedPool, user: User, password: str) -> bytes:
        """Return the sealed credential of a user's new password, the old one remembered."""
        previous = open_credential(pool, user) if history_size(pool) else None
        return await self.make(
            pool, user_id=user.id, username=user.username, password=password, previous=previous
        )

    async def check(self, pool: LoadedPool, user: User, password: str) -> bool:
        """Say whether this is the user's password; a user without one costs the same."""
        credential = open_credential(pool, user)
        slow = _is_slow(pool, credential)
        return await self._run(lambda: _check(pool, user, credential, password), slow=slow)

    async def upgrade(self, pool: LoadedPool, user: User, password: str) -> bytes | None:
        """Return a new credential for a password that was just right; None when none is needed."""
        credential = open_credential(pool, user)
        if credential is None or not needs_upgrade(pool, credential):
            return None
        return await self._run(
            lambda: upgraded(pool, self._entropy, user, password, credential=credential),
            slow=not uses_srp(pool),
        )

    async def check_decoy(self, pool: LoadedPool, name: str, password: str) -> None:
        """Do the work of a check for a user who does not exist."""
        await self._run(lambda: check_decoy(pool, name, password), slow=not uses_srp(pool))

    async def check_history(self, pool: LoadedPool, user: User, password: str) -> None:
        """Refuse a password that the policy still remembers."""
        if not history_size(pool) or user.credential is None:
            return
        credential = open_credential(pool, user)
        kept = () if credential is None else _newest_first(credential)
        slow = any(stored.startswith(b"$") for stored in kept)
        if await self._run(lambda: was_used(pool, user, password), slow=slow):
            raise PasswordHistoryViolation(wording.USED_BEFORE)

    def temporary(self, pool: LoadedPool) -> str:
        """Return a random password that satisfies the policy."""
        return temporary_password(pool, self._entropy)

    def close(self) -> None:
        """Let the threads finish."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    async def _run(self, work: Callable[[], T], *, slow: bool) -> T:
        """Run at once where it is quick, else in a thread; refuses when too many wait."""
        if not slow:
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


def _check(pool: LoadedPool, user: User, credential: Credential | None, password: str) -> bool:
    if credential is None:
        check_decoy(pool, user.username, password)
        return False
    return _matches(pool, user.username, _present(credential), password)


def _native(
    pool: LoadedPool, entropy: Entropy, user_id: str, *, username: str, password: str,
    history: tuple[bytes, ...],
) -> bytes:  # fmt: skip
    verifier = argon2 = None
    if uses_srp(pool):
        verifier = make_verifier(entropy, pool_suffix(pool.pool.id), username, password).encode()
    else:
        argon2 = make_argon2(entropy, password)
    credential = Credential(verifier=verifier, argon2=argon2, history=history)
    return pool.keys.seal(PURPOSE, _encode(credential), context=_context(pool, user_id))


def _matches(pool: LoadedPool, username: str, stored: bytes, password: str) -> bool:
    if stored.startswith(b"$argon2id$"):
        return check_argon2(stored.decode("ascii"), password)
    if stored.startswith(b"$"):
        return foreign_hashes.check(stored.decode("ascii"), password)
    verifier = StoredVerifier.decode(stored)
    return check_verifier(verifier, pool_suffix(pool.pool.id), username, password)


def _newest_first(credential: Credential) -> tuple[bytes, ...]:
    present = _present(credential)
    return (present, *credential.history) if present else credential.history


def _present(credential: Credential) -> bytes:
    if credential.verifier is not None:
        return credential.verifier
    return (credential.argon2 or credential.foreign or "").encode("ascii")


def _context(pool: LoadedPool, user_id: str) -> str:
    return f"users/{pool.pool.id}/{user_id}"
