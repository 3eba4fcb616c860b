"""Whose identity it is: guests, logins, linking and merging.

    facts (who has which login) ──▶ `plan` decides, pure ──▶ `carry_out` writes, or is late

Two requests that bring one login over at once must get one identity. Whoever loses is told by a
row that is there already, or by a version that has moved on, and decides again: see `Late`.
Source: docs/behaviours/identity-pools.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from poolkeep.base.refusal import NotAuthorized, Refusal, ResourceNotFound
from poolkeep.base.transaction import Transaction
from poolkeep.core.identities import wording
from poolkeep.core.identities.model import (
    DISABLED,
    ENABLED,
    Identity,
    IdentityPool,
    Login,
)
from poolkeep.core.identities.ports import IdentityRows
from poolkeep.core.identities.refusals import DeveloperUserRegistered, ResourceConflict

LOGINS_MAX: Final = 20
"""Logins of an identity. Source: Cognito's quota page, November 2026."""


class Late(Exception):
    """Somebody else was faster; decide again by what is there now."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of a request: `held` are the logins of everybody concerned."""

    asked: Identity | None
    owners: dict[Login, Identity]
    held: dict[str, tuple[Login, ...]]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, and what has to change; a target of None is a new identity."""

    target: Identity | None
    link: tuple[Login, ...] = ()
    merge: tuple[Identity, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything has to be written."""
        return self.target is None or bool(self.link or self.merge)


def facts_of(
    tx: Transaction, rows: IdentityRows, pool: IdentityPool, asked_id: str | None,
    logins: Sequence[Login],
) -> Facts:  # fmt: skip
    """Read what decides. Identities and logins are of one moment: a version guards both."""
    found = {each.identity.id: each for each in rows.concerned(tx, pool.id, asked_id, logins)}
    asked = None
    if asked_id is not None:
        asked = found[asked_id].identity if asked_id in found else None
        if asked is None or asked.pool_id != pool.id:
            raise ResourceNotFound(wording.no_identity(asked_id))
    having = {login: each.identity for each in found.values() for login in each.logins}
    return Facts(
        asked=asked,
        owners={login: having[login] for login in logins if login in having},
        held={identity_id: each.logins for identity_id, each in found.items()},
    )


def plan(pool: IdentityPool, facts: Facts, logins: Sequence[Login]) -> Plan:
    """Decide who it is. Refuses in the words of the reference, before anything is written."""
    asked = facts.asked
    if asked is not None and asked.state != ENABLED:
        raise NotAuthorized(wording.forbidden(asked.id))
    if not logins:
        return _as_guest(pool, asked, facts)
    owners = _distinct(facts.owners[login] for login in logins if login in facts.owners)
    oldest = min(owners, key=_age, default=None)
    if asked is None or not facts.held[asked.id]:  # nobody yet, or a guest
        target = oldest or asked
    elif any(owner.id == asked.id for owner in owners):
        target = oldest
    else:
        raise NotAuthorized(wording.LOGINS_DIFFER)
    merge = [owner for owner in owners if target is None or owner.id != target.id]
    if asked is not None and target is not None and asked.id != target.id and asked not in merge:
        merge.append(asked)
    link = tuple(dict.fromkeys(login for login in logins if login not in facts.owners))
    return Plan(target=target, link=link, merge=tuple(merge))


def attached(facts: Facts, logins: Sequence[Login]) -> Plan:
    """Link logins to a named identity; the first is a back end's user, who has no other one."""
    asked = facts.asked
    if asked is None or asked.state == DISABLED:
        raise NotAuthorized(wording.forbidden("" if asked is None else asked.id))
    owner = facts.owners.get(logins[0])
    if owner is not None and owner.id != asked.id:
        raise DeveloperUserRegistered(wording.DEVELOPER_TAKEN)
    if any(facts.owners[login].id != asked.id for login in logins if login in facts.owners):
        raise ResourceConflict(wording.LINKED_ELSEWHERE)
    return Plan(target=asked, link=tuple(login for login in logins if login not in facts.owners))


def check(
    pool: IdentityPool, facts: Facts, made: Plan, *, too_many: type[Refusal] = ResourceConflict
) -> None:
    """Refuse a plan that would give an identity two subjects of a provider, or too many logins."""
    together = list(made.link)
    for each in (*(() if made.target is None else (made.target,)), *made.merge):
        together += facts.held[each.id]
    check_logins(pool, together, too_many=too_many)


def check_logins(
    pool: IdentityPool, logins: Iterable[Login], *, too_many: type[Refusal] = ResourceConflict
) -> None:
    """Refuse logins that one identity cannot have together."""
    subjects: dict[str, str] = {}
    distinct = set(logins)
    for login in distinct:
        if login.provider == pool.settings.developer_provider_name:
            continue
        if subjects.setdefault(login.provider, login.subject) != login.subject:
            raise ResourceConflict(wording.LINKED_ELSEWHERE)
    if len(distinct) > LOGINS_MAX:
        raise too_many(wording.TOO_MANY_LOGINS)


def carry_out(
    tx: Transaction,
    rows: IdentityRows,
    pool: IdentityPool,
    made: Plan,
    *,
    now_ms: int,
    new_id: Callable[[], str],
) -> Identity:
    """Write a plan. Raises Late when what it was made by is not so any more."""
    if made.target is None:
        target = Identity(
            id=new_id(), pool_id=pool.id, state=ENABLED, version=1, created_ms=now_ms,
            modified_ms=now_ms,
        )  # fmt: skip
        rows.add(tx, target)
    elif made.changes:
        target = msgspec.structs.replace(moved_on(made.target, now_ms), state=ENABLED)
        _save(tx, rows, target)
    else:
        return made.target
    for source in sorted(made.merge, key=lambda each: each.id):
        _save(tx, rows, msgspec.structs.replace(
            moved_on(source, now_ms), state=DISABLED, merged_into=target.id
        ))  # fmt: skip
        rows.move(tx, source.id, target.id)
    for login in sorted(made.link):
        if not rows.link(tx, target, login):
            raise Late
    return target


def moved_on(identity: Identity, now_ms: int) -> Identity:
    """Return the next version of an identity."""
    return msgspec.structs.replace(identity, version=identity.version + 1, modified_ms=now_ms)


def _save(tx: Transaction, rows: IdentityRows, identity: Identity) -> None:
    if not rows.save(tx, identity):
        raise Late


def _as_guest(pool: IdentityPool, asked: Identity | None, facts: Facts) -> Plan:
    if asked is not None and facts.held[asked.id]:
        raise NotAuthorized(wording.forbidden(asked.id))
    if not pool.settings.allows_guests:
        raise NotAuthorized(wording.GUESTS_OFF)
    return Plan(target=asked)


def _distinct(owners: Iterable[Identity]) -> list[Identity]:
    found: Mapping[str, Identity] = {owner.id: owner for owner in owners}
    return list(found.values())


def _age(identity: Identity) -> tuple[int, str]:
    return identity.created_ms, identity.id
