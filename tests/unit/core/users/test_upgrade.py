"""A right password is kept in the pool's own form from then on."""

import hashlib

import msgspec
import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.transaction import Database
from poolkeep.core.users.model import Credential, User
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.core.users.passwords import (
    Passwords,
    check_password,
    foreign_credential,
    make_credential,
    needs_upgrade,
    open_credential,
    stored_verifier,
    was_used,
)
from poolkeep.core.users.upgrade import CredentialUpgrade
from poolkeep.crypto.foreign_hashes import parse
from poolkeep.storage.database import open_database
from poolkeep.storage.stores.users import SqlUsers
from tests.unit.core.users.people import PASSWORD, POOL_ID, a_policy, a_pool, a_user

STORAGES = ("srp-verifier", "argon2id")
ENTROPY = SeededEntropy("upgrade")
USERS = SqlUsers()


def a_hash(password: str = PASSWORD) -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 3).hex()
    import base64

    text = base64.b64encode(bytes.fromhex(made)).decode()
    return parse("PBKDF2_SHA256", f"pbkdf2_sha256$3$salt${text}")


def with_kind(kind: str) -> User:
    """Return a user whose password is kept as a verifier, by Argon2id, or by somebody else."""
    user = a_user()
    pool = a_pool(storage="srp-verifier" if kind == "foreign" else kind)
    sealed = (
        foreign_credential(pool, user.id, a_hash())
        if kind == "foreign"
        else make_credential(
            pool, ENTROPY, user_id=user.id, username=user.username, password=PASSWORD
        )
    )
    return msgspec.structs.replace(user, credential=sealed)


@pytest.mark.parametrize("kind", [*STORAGES, "foreign"])
@pytest.mark.parametrize("storage", STORAGES)
async def test_every_form_gives_way_to_the_pools_own(
    sqlite_url: str, kind: str, storage: str
) -> None:
    database = open_database(sqlite_url, durable=False)
    pool, user = a_pool(storage=storage), with_kind(kind)
    await keep(database, user)
    passwords = Passwords(ENTROPY)
    upgrade = CredentialUpgrade(database=database, users=USERS, passwords=passwords)
    try:
        assert await passwords.check(pool, user, PASSWORD)
        after = await upgrade.after_proof(pool, user, PASSWORD)
        assert (after.credential != user.credential) == (kind != storage)
        credential = open_credential(pool, after)
        assert credential is not None
        assert not needs_upgrade(pool, credential)
        assert credential.foreign is None
        assert (stored_verifier(pool, after) is not None) == (storage == "srp-verifier")
        for password, right in ((PASSWORD, True), ("Wrong-Horse-7", False)):
            assert await passwords.check(pool, after, password) == right
        stored = await database.read(lambda tx: USERS.get(tx, POOL_ID, user.id))
        assert stored == after
        assert await upgrade.after_proof(pool, after, PASSWORD) is after
    finally:
        passwords.close()
        await database.close()


async def test_a_password_that_was_changed_meanwhile_stands(sqlite_url: str) -> None:
    database = open_database(sqlite_url, durable=False)
    pool, user = a_pool(), with_kind("foreign")
    changed = msgspec.structs.replace(user, credential=b"changed")
    await keep(database, changed)
    passwords = Passwords(ENTROPY)
    upgrade = CredentialUpgrade(database=database, users=USERS, passwords=passwords)
    assert await upgrade.after_proof(pool, user, PASSWORD) is user
    stored = await database.read(lambda tx: USERS.get(tx, POOL_ID, user.id))
    assert stored == changed
    await database.close()


async def test_who_has_no_password_has_nothing_to_upgrade(sqlite_url: str) -> None:
    database = open_database(sqlite_url, durable=False)
    upgrade = CredentialUpgrade(database=database, users=USERS, passwords=Passwords(ENTROPY))
    user = a_user()
    assert await upgrade.after_proof(a_pool(), user, PASSWORD) is user
    await database.close()


def test_an_upgrade_keeps_the_history() -> None:
    pool = a_pool(**a_policy(password_history_size=4))
    user = with_kind("foreign")
    before = open_credential(pool, user)
    assert before is not None
    sealed = make_credential(
        pool, ENTROPY, user_id=user.id, username=user.username, password="Second-Horse-7",
        previous=before,
    )  # fmt: skip
    after = msgspec.structs.replace(user, credential=sealed)
    for password, used in ((PASSWORD, True), ("Second-Horse-7", True), ("Third-Horse-7", False)):
        assert was_used(pool, after, password) == used


def test_no_form_at_all_matches_nothing() -> None:
    pool, user = a_pool(), a_user()
    sealed = pool.keys.seal(
        "srp-verifier",
        msgspec.json.encode(Credential(history=(a_hash().encode(),))),
        context=f"users/{POOL_ID}/{user.id}",
    )
    with pytest.raises(ValueError, match="verifier"):
        check_password(pool, msgspec.structs.replace(user, credential=sealed), PASSWORD)


async def keep(database: Database, user: User) -> None:
    pool = a_pool()
    await database.write(lambda tx: USERS.insert(tx, user, logins_of(pool, user), index_of(user)))
