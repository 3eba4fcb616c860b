"""Give out codes and take them back: the steps that sign-up and recovery share.

    prepare (consults, no transaction) ─▶ store(tx)          giving out
    look (nothing spent)               ─▶ spend(tx)          taking back

What a code permits happens in the transaction that spends it.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import CodeMismatch, ExpiredCode
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.messages import wording
from poolkeep.core.messages.codes import CodeLives, CodeRow, Purpose, check, code_row, new_code
from poolkeep.core.messages.decoy import decoy_delivery, decoy_id, decoy_row
from poolkeep.core.messages.masks import ATTRIBUTE_OF, delivery
from poolkeep.core.messages.model import OutboxMessage, Target
from poolkeep.core.messages.ports import Codes
from poolkeep.core.messages.service import Messenger
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import CodeDelivery, User

DIGEST_BYTES: Final = 32


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A code and its message, to be stored in one write."""

    row: CodeRow
    message: OutboxMessage
    details: CodeDelivery


class CodeDesk:
    """One region's codes for sign-up and recovery."""

    def __init__(
        self,
        *,
        database: Database,
        codes: Codes,
        messenger: Messenger,
        clock: Clock,
        entropy: Entropy,
        lives: CodeLives | None = None,
    ) -> None:
        """Send through `messenger`; codes live as `lives` says."""
        self._database = database
        self._codes = codes
        self._messenger = messenger
        self._clock = clock
        self._entropy = entropy
        lives = lives or CodeLives()
        self._lives = {
            Purpose.SIGN_UP: lives.sign_up_ms,
            Purpose.FORGOT_PASSWORD: lives.forgot_password_ms,
        }

    async def prepare(
        self,
        pool: LoadedPool,
        user: User,
        target: Target,
        *,
        source: str,
        purpose: Purpose,
        client_id: str | None,
        client_metadata: Mapping[str, str] | None,
    ) -> Prepared:
        """Return a fresh code and the message that carries it; consults CustomMessage.

        Refuses where there is no way to send, and what the function's failure means.
        """
        self._messenger.can_send(pool, target.medium)
        code = new_code(self._entropy)
        message = await self._messenger.render(
            pool,
            source=source,
            user=user,
            client_id=client_id,
            medium=target.medium,
            destination=target.destination,
            code=code,
            client_metadata=client_metadata,
        )
        row = code_row(
            pool,
            user.id,
            purpose=purpose,
            code=code,
            attribute=ATTRIBUTE_OF[target.medium],
            value=target.destination,
            client_id=client_id,
            now_ms=self._clock.now_ms(),
            life_ms=self._lives[purpose],
        )
        details = delivery(target.medium, target.destination)
        return Prepared(row=row, message=message, details=details)

    def store(self, tx: Transaction, prepared: Prepared) -> None:
        """Keep code and message; an earlier code of this purpose is worth nothing from now on."""
        self._codes.put(tx, prepared.row)
        self._messenger.enqueue(tx, prepared.message)

    def sent(self) -> None:
        """Tell the sweep, after the commit."""
        self._messenger.wake()

    async def look(
        self,
        pool: LoadedPool,
        user_id: str,
        *,
        purpose: Purpose,
        claimed_code: str,
        client_id: str,
    ) -> CodeRow:
        """Return the outstanding code that `claimed_code` is; nothing is spent.

        Refuses CodeMismatch and ExpiredCode. A code that was seen expired stays so, even if the
        clock is set back.
        """
        row = await self._database.read(
            lambda tx: self._codes.peek(tx, pool.pool.id, user_id, purpose=purpose)
        )
        now_ms = self._clock.now_ms()
        if row is not None and row.expires_ms <= now_ms:
            await self._database.write(
                lambda tx: self._codes.drop(tx, pool.pool.id, user_id, purpose=purpose)
            )
        return check(pool, row, claimed_code=claimed_code, client_id=client_id, now_ms=now_ms)

    def spend(self, tx: Transaction, row: CodeRow) -> None:
        """Use the code up, or refuse ExpiredCode: another caller did, or it was superseded."""
        spent = self._codes.consume(
            tx,
            row.pool_id,
            row.user_id,
            purpose=row.purpose,
            digest=row.digest,
            now_ms=self._clock.now_ms(),
        )
        if spent is None:
            raise ExpiredCode(wording.EXPIRED_CODE)

    def drop(self, tx: Transaction, pool: LoadedPool, user_id: str, *, purpose: Purpose) -> None:
        """Forget the code of a purpose that no longer needs one."""
        self._codes.drop(tx, pool.pool.id, user_id, purpose=purpose)

    async def pretend_to_send(
        self, pool: LoadedPool, login: str, user: User | None, *, medium: str, purpose: Purpose
    ) -> CodeDelivery:
        """Do what can be seen of sending a code, for an unknown name or a user who gets none."""
        self._messenger.can_send(pool, medium)  # a missing transport must not tell who exists
        row = decoy_row(
            pool,
            user.id if user else decoy_id(pool, login),
            purpose=purpose,
            unknown=self._entropy.bytes(DIGEST_BYTES),
            now_ms=self._clock.now_ms(),
            life_ms=self._lives[purpose],
        )
        await self._database.write(lambda tx: self._codes.put(tx, row))
        return decoy_delivery(pool, login, medium)

    async def refuse_hidden(
        self,
        pool: LoadedPool,
        login: str,
        user: User | None,
        *,
        purpose: Purpose,
        claimed_code: str,
        client_id: str,
    ) -> NoReturn:
        """Refuse the code of an unknown name, or of a user who may not use it, as a wrong one."""
        await self.look(
            pool,
            user.id if user else decoy_id(pool, login),
            purpose=purpose,
            claimed_code=claimed_code,
            client_id=client_id,
        )
        raise CodeMismatch(wording.CODE_MISMATCH)
