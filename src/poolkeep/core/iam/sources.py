"""The policies of a user, a group or a role as documents, for a simulation of them."""

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.iam import wording
from poolkeep.core.iam.book import arn_parts
from poolkeep.core.iam.desk import Desk
from poolkeep.core.iam.evaluation import Principal
from poolkeep.core.iam.model import Group, Holder, Role, User
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.refusals import InvalidInput, NoSuchEntity
from poolkeep.core.iam.simulation import Document


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Whose policies are tried. `names` are what a policy may be excluded by: ARN or name."""

    principal: Principal
    identity: list[Document]
    boundary: list[Document] | None = None
    context: dict[str, Value] = {}
    names: dict[str, set[str | None]] = {}


def source_of(desk: Desk, tx: Transaction, account: str, arn: str) -> Source:
    """Return a principal's policies. Raises NoSuchEntity and InvalidInput."""
    holder = _holder(desk, tx, account, arn)
    holders: list[Holder] = [holder]
    if isinstance(holder, User):
        groups = (desk.rows.by_id(tx, Group, each) for each in holder.groups)
        holders.extend(group for group in groups if group is not None)
    identity: list[Document] = []
    names: dict[str, set[str | None]] = {}
    for each in holders:
        for name, text in sorted(each.inline.items()):
            document = Document(name=f"{each.KIND}_{each.name}_{name}", text=text)
            identity.append(document)
            names[document.name] = {name}
        for attached in each.attached:
            if attached not in names:
                text = desk.managed(tx, account, attached).text
                identity.append(Document(name=attached, text=text))
                names[attached] = {attached}
    boundary = None
    if holder.boundary is not None:
        text = desk.managed(tx, account, holder.boundary).text
        boundary = [Document(name=f"boundary {holder.boundary}", text=text)]
    return Source(
        principal=_principal(holder),
        identity=identity,
        boundary=boundary,
        context=_context(holder),
        names=names,
    )


def _holder(desk: Desk, tx: Transaction, account: str, arn: str) -> Holder:
    of: type[Holder]
    for of in (User, Role, Group):
        parts = arn_parts(arn, of)
        if parts is None:
            continue
        found = desk.rows.get(tx, of, *parts) if parts[0] == account else None
        if found is None or found.arn != arn:
            raise NoSuchEntity(wording.no_entity(of, parts[1]))
        return found
    raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")


def _principal(holder: Holder) -> Principal:
    if isinstance(holder, Role):
        return Principal(
            account=holder.account,
            arn=holder.arn,
            kind="role",
            role_arn=holder.arn,
            role_id=holder.id,
        )
    return Principal(account=holder.account, arn=holder.arn, kind="user", user_id=holder.id)


def _context(holder: Holder) -> dict[str, Value]:
    """Return the condition keys that are sure of a principal."""
    keys: dict[str, Value] = {
        "aws:principalarn": holder.arn,
        "aws:principalaccount": holder.account,
    }
    keys.update({f"aws:principaltag/{key.lower()}": text for key, text in holder.tags.items()})
    if isinstance(holder, User):
        keys["aws:username"] = holder.name
        keys["aws:userid"] = holder.id
    return keys
