"""Changing a user who exists: the steps that administrators' and users' operations share.

A change is decided on the user as loaded and saved only if nobody else saved in between; then it
is decided anew. Every save passes the logins and index rows that follow from the user.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import AliasExists, ConcurrentModification, ExpiredCode, UserNotFound
from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.codes import (
    VERIFY_PURPOSE,
    CodeLives,
    CodeRow,
    Purpose,
    code_row,
    new_code,
)
from poolkeep.core.messages.masks import delivery
from poolkeep.core.messages.model import EMAIL, SMS, OutboxMessage
from poolkeep.core.messages.ports import Codes
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import wording
from poolkeep.core.users.attributes import Change, value_to_verify
from poolkeep.core.users.model import CodeDelivery, User
from poolkeep.core.users.names import index_of, login_key, logins_of
from poolkeep.core.users.ports import Users

T = TypeVar("T")

TRIES_MAX: Final = 12
"""More than the writers that one node lets into the database at once."""
MEDIUM_OF: Final = {"email": EMAIL, "phone_number": SMS}


def find_user(tx: Transaction, users: Users, pool: LoadedPool, name: str) -> User:
    """Return the user whom a username, sub or alias names; refuses UserNotFound."""
    user = users.find(tx, pool.pool.id, login_key(pool, name))
    if user is None:
        raise UserNotFound(wording.NO_SUCH_USER)
    return user


def get_user(tx: Transaction, users: Users, pool: LoadedPool, user_id: str) -> User:
    """Return the user with this sub; refuses UserNotFound."""
    user = users.get(tx, pool.pool.id, user_id)
    if user is None:
        raise UserNotFound(wording.NO_SUCH_USER)
    return user


def revised(user: User, now_ms: int, **columns: Any) -> User:  # noqa: ANN401  fields of User
    """Return the user with other columns, modified now."""
    # Later than before even where the clock stands still, so that a change always shows.
    modified_ms = max(now_ms, user.modified_ms + 1)
    return msgspec.structs.replace(user, modified_ms=modified_ms, **columns)


def redocumented(user: User, now_ms: int, **members: Any) -> User:  # noqa: ANN401  of UserDocument
    """Return the user with other members of the document, modified now."""
    document = msgspec.structs.replace(user.document, **members)
    return revised(user, now_ms, document=document)


def save(tx: Transaction, users: Users, pool: LoadedPool, user: User) -> None:
    """Save the user; refuses AliasExists where another one owns a new login."""
    taken = users.save(tx, user, logins_of(pool, user), index_of(user))
    if taken is not None:
        raise AliasExists(wording.account_exists(taken.kind))


async def until_saved(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what `attempt` returns, which loads and decides anew after a lost race."""
    for _ in range(TRIES_MAX - 1):
        try:
            return await attempt()
        except ConcurrentModification:
            continue
    return await attempt()


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A code that goes out for one attribute, and the message that carries it."""

    row: CodeRow
    message: OutboxMessage
    details: CodeDelivery


class Proofs:
    """Codes that prove addresses: made before a write, stored inside it."""

    def __init__(
        self,
        *,
        messenger: Messenger,
        codes: Codes,
        clock: Clock,
        entropy: Entropy,
        lives: CodeLives,
    ) -> None:
        """Send through `messenger`."""
        self._messenger = messenger
        self._codes = codes
        self._clock = clock
        self._entropy = entropy
        self._lives = lives

    async def prepare(
        self,
        pool: LoadedPool,
        user: User,
        values: Mapping[str, str],
        *,
        source: str,
        client_id: str | None,
        client_metadata: Mapping[str, str] | None,
    ) -> list[Proof]:
        """Return a code for each address in `values`; consults CustomMessage.

        Refuses CodeDeliveryFailure and InvalidParameter where there is no way to send.
        """
        for attribute in values:
            self._messenger.can_send(pool, MEDIUM_OF[attribute])
        now_ms = self._clock.now_ms()
        proofs = []
        for attribute, value in values.items():
            code = new_code(self._entropy)
            medium = MEDIUM_OF[attribute]
            message = await self._messenger.render(
                pool,
                source=source,
                user=user,
                client_id=client_id,
                medium=medium,
                destination=value,
                code=code,
                client_metadata=client_metadata,
            )
            row = code_row(
                pool,
                user.id,
                purpose=VERIFY_PURPOSE[attribute],
                code=code,
                attribute=attribute,
                value=value,
                client_id=client_id,
                now_ms=now_ms,
                life_ms=self._lives.attribute_ms,
            )
            details = delivery(medium, value)
            proofs.append(Proof(row=row, message=message, details=details))
        return proofs

    def store(self, tx: Transaction, proofs: list[Proof]) -> None:
        """Store codes and messages in the write that changes the addresses."""
        for proof in proofs:
            self._codes.put(tx, proof.row)
            self._messenger.enqueue(tx, proof.message)

    def forget_stale(self, tx: Transaction, before: User, after: User) -> None:
        """Drop the codes of addresses that are no longer the ones to prove."""
        for attribute, purpose in VERIFY_PURPOSE.items():
            if value_to_verify(before, attribute) != value_to_verify(after, attribute):
                self._codes.drop(tx, before.pool_id, before.id, purpose=purpose)

    def forget_older_than_password(self, tx: Transaction, user: User) -> None:
        """Drop the codes that would set or confirm what a new password has settled."""
        for purpose in (Purpose.FORGOT_PASSWORD, Purpose.SIGN_UP):
            self._codes.drop(tx, user.pool_id, user.id, purpose=purpose)

    def peek(self, tx: Transaction, user: User, attribute: str) -> CodeRow | None:
        """Return the outstanding code of an attribute."""
        purpose = VERIFY_PURPOSE[attribute]
        return self._codes.peek(tx, user.pool_id, user.id, purpose=purpose)

    def spend(self, tx: Transaction, row: CodeRow, now_ms: int) -> None:
        """Spend the code; refuses ExpiredCode where somebody else was quicker."""
        found = self._codes.consume(
            tx, row.pool_id, row.user_id, purpose=row.purpose, digest=row.digest, now_ms=now_ms
        )
        if found is None:
            raise ExpiredCode(wording.CODE_EXPIRED)

    def sent(self, proofs: list[Proof]) -> list[CodeDelivery]:
        """Return where the codes went, once they are stored; the outbox is told."""
        if proofs:
            self._messenger.wake()
        return [proof.details for proof in proofs]


def with_change(user: User, change: Change, now_ms: int) -> User:
    """Return the user after a change of attributes; the same user where nothing changes."""
    document = user.document
    if change.attributes == document.attributes and change.pending == document.pending:
        return user
    return redocumented(user, now_ms, attributes=change.attributes, pending=change.pending)
