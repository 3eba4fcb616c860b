"""What the user packages need from a store. Every method runs inside a transaction."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.users.model import Group, User
from poolkeep.core.users.names import IndexRow, Login


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some users of a longer list, and from where to go on; `next` is None at the end."""

    users: tuple[User, ...] = ()
    next: tuple[Any, str] | None = None


class Users(Protocol):
    """Users by login and id."""

    def find(self, tx: Transaction, pool_id: str, login_key: str) -> User | None:
        """Return the user whom the login signs in."""
        ...

    def get(self, tx: Transaction, pool_id: str, user_id: str) -> User | None:
        """Return the user with this sub."""
        ...

    def insert(
        self, tx: Transaction, user: User, logins: Sequence[Login], index: Sequence[IndexRow]
    ) -> Login | None:
        """Store a new user. Return the login that is taken (and store nothing), or None."""
        ...

    def save(
        self, tx: Transaction, user: User, logins: Sequence[Login], index: Sequence[IndexRow]
    ) -> Login | None:
        """Replace the user whose stored version is still `user.version`; the version grows by one.

        Return the login that another user owns (and change nothing), or None.
        Raises ConcurrentModification when the stored version is another one.
        """
        ...

    def release_login(self, tx: Transaction, pool_id: str, login_key: str) -> str | None:
        """Take a login from its owner and return the owner's sub; None when nobody owns it."""
        ...

    def delete(self, tx: Transaction, pool_id: str, user_id: str) -> bool:
        """Remove the user with logins, index rows, memberships, codes and counters."""
        ...

    def groups_of(self, tx: Transaction, pool_id: str, user_id: str) -> list[Group]:
        """Return the user's groups: ascending precedence, none last, then by name."""
        ...

    def by_age(
        self, tx: Transaction, pool_id: str, *, after: tuple[int, str] | None, limit: int
    ) -> Page:
        """Return users by ascending creation; `after` is a page's `next`."""
        ...

    def by_value(
        self,
        tx: Transaction,
        pool_id: str,
        *,
        attribute: str,
        value: str,
        prefix: bool,
        after: tuple[str, str] | None,
        limit: int,
    ) -> Page:
        """Return users by ascending value of an indexed attribute, or by `sub`.

        `value` is folded as in `names.index_key`, but not cut. A page may be short.
        """
        ...

    def members_of(
        self, tx: Transaction, pool_id: str, group_name: str, *, after: str, limit: int
    ) -> Page:
        """Return a group's users by ascending sub; `after` is the last sub seen, "" at first."""
        ...


class Attempts(Protocol):
    """Counters that outlive a refusal: each is written in a transaction of its own."""

    def use(
        self, tx: Transaction, pool_id: str, subject: str, *, kind: str, window_ms: int, now_ms: int
    ) -> int:
        """Count one attempt and return how many fell into the running window."""
        ...

    def locked_until_ms(self, tx: Transaction, pool_id: str, subject: str, kind: str) -> int:
        """Return the end of the lock, 0 when there is none."""
        ...

    def fail(
        self,
        tx: Transaction,
        pool_id: str,
        subject: str,
        *,
        kind: str,
        now_ms: int,
        free: int,
        cap_ms: int,
        memory_ms: int | None = None,
    ) -> int:
        """Count one failure; return the end of the lock that stood before it, 0 for none.

        Of any number of callers each sees what the one before has left: who finds a lock must
        not count, and lets the transaction be undone. From the `free`-th failure on the lock is
        1 s, 2 s, 4 s … at most `cap_ms`; `memory_ms` without failure, or else `cap_ms`, forgets
        them all.
        """
        ...

    def forgive(self, tx: Transaction, pool_id: str, subject: str, kind: str) -> int:
        """Forget the failures after a success; return the end of the lock that stood, 0: none."""
        ...
