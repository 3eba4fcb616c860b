"""What a risk configuration may say. Pure. Source: docs/behaviours/threat-settings.md."""

import ipaddress
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter, UserPoolAddOnNotEnabled
from poolkeep.core.directory import wording
from poolkeep.core.directory.model import CompromisedCredentials, RiskConfiguration
from poolkeep.core.pools.model import UserPool

EVERY_EVENT: Final = ("SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP")
_PROTECTED: Final = frozenset({"AUDIT", "ENFORCED"})


def is_protected(pool: UserPool) -> bool:
    """Tell whether threat protection watches the pool."""
    add_ons = pool.settings.user_pool_add_ons
    return add_ons is not None and add_ons.advanced_security_mode in _PROTECTED


def demand_protection(pool: UserPool) -> None:
    """Refuse where threat protection is off."""
    if not is_protected(pool):
        raise UserPoolAddOnNotEnabled(wording.NOT_PROTECTED)


def check(configuration: RiskConfiguration) -> None:
    """Refuse notices without a sender, and ranges that are none."""
    takeover = configuration.account_takeover_risk_configuration
    notices = takeover is not None and any(action.notify for action in takeover.actions.all())
    if notices and takeover is not None and takeover.notify_configuration is None:
        raise InvalidParameter(wording.NOTICE_NEEDS_SENDER)
    exceptions = configuration.risk_exception_configuration
    if exceptions is not None:
        for ranges in (exceptions.blocked_ip_range_list, exceptions.skipped_ip_range_list):
            for text in ranges or ():
                _check_range(text)


def is_empty(configuration: RiskConfiguration) -> bool:
    """Tell whether a configuration says nothing."""
    parts = (
        configuration.compromised_credentials_risk_configuration,
        configuration.account_takeover_risk_configuration,
        configuration.risk_exception_configuration,
    )
    return all(part is None for part in parts)


def described(configuration: RiskConfiguration) -> RiskConfiguration:
    """Return a configuration with the events that are meant where none are named."""
    compromised = configuration.compromised_credentials_risk_configuration
    if compromised is None or compromised.event_filter:
        return configuration
    filled = CompromisedCredentials(event_filter=EVERY_EVENT, actions=compromised.actions)
    return msgspec.structs.replace(configuration, compromised_credentials_risk_configuration=filled)


def _check_range(text: str) -> None:
    address, slash, _ = text.partition("/")
    try:
        ipaddress.ip_address(address)
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        slash = ""
    if not slash:
        raise InvalidParameter(wording.BAD_RANGE)
