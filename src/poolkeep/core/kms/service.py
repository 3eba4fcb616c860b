"""Use keys: Encrypt, Decrypt, GenerateDataKey, DescribeKey; and make them."""

from collections.abc import Mapping
from typing import Final

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import InvalidParameter
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.kms import wording
from poolkeep.core.kms.model import KmsCaller, KmsKey
from poolkeep.core.kms.ports import KmsKeys
from poolkeep.core.kms.refusals import IncorrectKey, InvalidCiphertext, KeyNotFound
from poolkeep.core.kms.rules import (
    POOL,
    bound_to,
    check_may,
    check_may_create,
    grants,
    is_named,
    key_id_of,
)
from poolkeep.core.pools.loaded import PoolBook
from poolkeep.crypto.encryption_sdk import DataKey
from poolkeep.crypto.envelope import KEY_BYTES, EnvelopeBroken, Sealer
from poolkeep.crypto.envelope import key_id_of as key_id_of_sealed

DATA_KEY_BYTES: Final = 32


class Kms:
    """The keys of one region."""

    def __init__(
        self,
        *,
        database: Database,
        keys: KmsKeys,
        book: PoolBook,
        audit: AuditTrail,
        clock: Clock,
        entropy: Entropy,
        region: str,
    ) -> None:
        """Keep keys in `database`."""
        self._database = database
        self._keys = keys
        self._book = book
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._region = region

    async def create(
        self,
        account: str,
        *,
        description: str = "",
        key_id: str | None = None,
        actor: Actor | None = None,
    ) -> KmsKey:
        """Make a key; `key_id` is for one that functions know by that name already.

        `actor` is whoever asks by the API.
        """
        key = KmsKey(
            id=key_id or uuid4(self._entropy),
            account=account,
            region=self._region,
            description=description,
            created_ms=self._clock.now_ms(),
        )
        key_id_of(key.arn, region=self._region)
        material = self._entropy.bytes(KEY_BYTES)

        def work(tx: Transaction) -> None:
            if not self._keys.add(tx, key, material):
                raise InvalidParameter(f"There is a key {key.id} already.")
            if actor is not None:
                self._audit.record(
                    tx, actor, operation="CreateKey", resource=key.arn, now_ms=key.created_ms
                )

        await self._database.write(work)
        return key

    async def create_by_api(self, caller: KmsCaller, actor: Actor, description: str) -> KmsKey:
        """Make a key for an administrator."""
        check_may_create(caller)
        return await self.create(caller.account, description=description, actor=actor)

    async def all(self) -> list[KmsKey]:
        """Return every key of the region."""
        return await self._database.read(self._keys.all)

    async def describe(self, caller: KmsCaller, name: str) -> KmsKey:
        """Return a key; functions may see those that any pool has granted them."""
        key, _ = await self._found(name, caller, "DescribeKey")
        check_may(caller, key, "DescribeKey", granted=True)
        return key

    async def encrypt(
        self, caller: KmsCaller, name: str, plaintext: bytes, *, context: Mapping[str, str]
    ) -> tuple[KmsKey, bytes]:
        """Return the key and the ciphertext, which is bound to `context`."""
        key, sealer = await self._found(name, caller, "Encrypt")
        check_may(caller, key, "Encrypt", granted=False)
        return key, self._sealed(sealer, plaintext, context)

    async def generate(
        self, caller: KmsCaller, name: str, size: int, *, context: Mapping[str, str]
    ) -> tuple[KmsKey, DataKey]:
        """Return the key and a fresh data key of `size` bytes."""
        key, sealer = await self._found(name, caller, "GenerateDataKey")
        check_may(caller, key, "GenerateDataKey", granted=False)
        plaintext = self._entropy.bytes(size)
        return key, DataKey(plaintext, self._sealed(sealer, plaintext, context))

    async def decrypt(
        self, caller: KmsCaller, ciphertext: bytes, *, context: Mapping[str, str], name: str | None
    ) -> tuple[KmsKey, bytes]:
        """Return the key and the plaintext. Functions may open what a granting pool had sealed."""
        try:
            key_id = key_id_of_sealed(ciphertext)
        except EnvelopeBroken:
            raise InvalidCiphertext from None
        found = await self._database.read(lambda tx: self._keys.get(tx, key_id))
        if found is None:
            raise InvalidCiphertext
        key, material = found
        pool = await self._book.pool(context[POOL]) if POOL in context else None
        check_may(caller, key, "Decrypt", granted=grants(key, pool))
        if name is not None and not is_named(key, name):
            raise IncorrectKey(wording.WRONG_KEY)
        try:
            return key, Sealer(material, key.id).open(ciphertext, context=bound_to(context))
        except EnvelopeBroken:
            raise InvalidCiphertext from None

    async def data_key(self, account: str, name: str, context: Mapping[str, str]) -> DataKey:
        """Return a data key for a message of ours, under a key of the account."""
        key, sealer = await self._found(name, None, "GenerateDataKey")
        if key.account != account:
            raise KeyNotFound(wording.no_key(name))
        plaintext = self._entropy.bytes(DATA_KEY_BYTES)
        return DataKey(plaintext, self._sealed(sealer, plaintext, context))

    async def _found(
        self, name: str, caller: KmsCaller | None, action: str
    ) -> tuple[KmsKey, Sealer]:
        key_id = key_id_of(name, region=self._region)
        found = await self._database.read(lambda tx: self._keys.get(tx, key_id))
        if found is None or not is_named(found[0], name):
            raise KeyNotFound(wording.no_key(name))
        key, material = found
        if caller is not None:
            check_may(caller, key, action, granted=True)
        return key, Sealer(material, key.id)

    def _sealed(self, sealer: Sealer, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        return sealer.seal_salted(plaintext, context=bound_to(context), entropy=self._entropy)
