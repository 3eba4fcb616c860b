"""A pool's copy in another region: what follows the original, and what is the copy's own.

Source: docs/behaviours/replicas.md, REPLICA-06.
"""

from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.directory.model import RiskConfiguration
from poolkeep.core.pools.model import PoolSettings, UserPool

OWN_SETTINGS: Final = (
    "email_configuration", "sms_configuration", "lambda_config", "user_pool_tags",
)  # fmt: skip
"""Senders, triggers and tags name things of a region; each copy has its own."""

replace = msgspec.structs.replace


def is_copy(pool: UserPool) -> bool:
    """Tell whether the pool follows another one."""
    return pool.primary_region is not None


def first_copy(original: UserPool, region: str, tags: dict[str, str] | None) -> UserPool:
    """Return what the copy is when it appears: as the original, but for region, tags, domains."""
    return replace(
        original,
        region=region,
        primary_region=original.region,
        replica_regions=(region,),
        replica_status="INACTIVE",
        settings=replace(original.settings, user_pool_tags=tags or None),
        domains=(),
        log_configurations=(),
        version=1,
    )


def followed(copy: UserPool, original: UserPool) -> UserPool:
    """Return the copy after a change of the original."""
    own = {name: getattr(copy.settings, name) for name in OWN_SETTINGS}
    return replace(
        original,
        region=copy.region,
        primary_region=copy.primary_region,
        replica_regions=(copy.region,),
        replica_status=copy.replica_status,
        settings=replace(original.settings, **own),
        domains=copy.domains,
        log_configurations=copy.log_configurations,
        risk=followed_risk(copy.risk, original.risk),
        version=copy.version,
    )


def followed_risk(
    copy: RiskConfiguration | None, original: RiskConfiguration | None
) -> RiskConfiguration | None:
    """Return the original's risk configuration with the copy's own sender of notices."""
    takeover = original and original.account_takeover_risk_configuration
    notify = takeover and takeover.notify_configuration
    own = copy and copy.account_takeover_risk_configuration
    sender = own and own.notify_configuration
    if not original or not takeover or not notify or not sender:
        return original
    notify = replace(notify, from_=sender.from_, source_arn=sender.source_arn)
    return replace(
        original,
        account_takeover_risk_configuration=replace(takeover, notify_configuration=notify),
    )


def check_change(copy: UserPool, changed: UserPool) -> None:
    """Refuse a change of what follows the original; a pool that is no copy may change anything."""
    if not is_copy(copy):
        return
    own = dict.fromkeys(OWN_SETTINGS)
    before, after = (replace(pool.settings, **own) for pool in (copy, changed))
    different = [
        name
        for name in PoolSettings.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    ]
    if copy.mfa != changed.mfa:
        different.append("mfa")
    if different:
        raise InvalidParameter(
            f"In a secondary Region, only email, SMS, Lambda and tags can be changed; "
            f"these differ from the primary: {', '.join(map(_spelled, different))}."
        )


def check_risk_change(
    copy: UserPool, wanted: RiskConfiguration | None, client_id: str | None
) -> None:
    """Refuse a change of risk settings beyond the sender of notices, where they are copied."""
    if not is_copy(copy):
        return
    if client_id is not None or not _same_risk(copy.risk, followed_risk(copy.risk, wanted)):
        raise InvalidParameter(
            "In a secondary Region, only From and SourceArn of NotifyConfiguration can be changed."
        )


def _same_risk(left: RiskConfiguration | None, right: RiskConfiguration | None) -> bool:
    if left is None or right is None:
        return left is right
    return replace(left, modified_ms=0) == replace(right, modified_ms=0)


def _spelled(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
