"""What a caller sees of the address that a code went to. Source: docs/behaviours/users.md."""

from poolkeep.core.messages.model import SMS
from poolkeep.core.users.model import CodeDelivery

VISIBLE_DIGITS = 4
STARS = "*" * 7
ATTRIBUTE_OF = {"EMAIL": "email", "SMS": "phone_number"}


def mask(medium: str, destination: str) -> str:
    """Return `t***@t***` for an address, `+*******9934` for a number."""
    if medium == SMS:
        return f"+{STARS}{destination[-VISIBLE_DIGITS:]}"
    local, _, domain = destination.rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***"


def delivery(medium: str, destination: str) -> CodeDelivery:
    """Return CodeDeliveryDetails of a code that went to `destination`."""
    return CodeDelivery(
        destination=mask(medium, destination),
        delivery_medium=medium,
        attribute_name=ATTRIBUTE_OF[medium],
    )
