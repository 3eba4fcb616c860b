"""Devices as Cognito answers them."""

from typing import Final

from poolkeep.core.devices.model import Device
from poolkeep.core.devices.rules import NOT_REMEMBERED, REMEMBERED
from poolkeep.core.pools.model import UserPool
from poolkeep.core.users.model import User
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000
SDK: Final = "aws-sdk-unknown-unknown"
"""What the service tells of the client's SDK, whichever it is."""


def device_type(pool: UserPool, user: User, device: Device) -> shapes.DeviceType:
    """Return a device of a user."""
    owner = f"{user.username}.{pool.id}"
    prefix = pool.arn.partition(":userpool/")[0]
    told = {
        "device_status": "valid",
        "device_name": device.name,
        "dev:device_arn": f"{prefix}:owner/{owner}/device/{device.key}",
        "dev:device_owner": owner,
        "last_ip_used": device.last_ip or None,
        "dev:device_remembered_status": REMEMBERED if device.remembered else NOT_REMEMBERED,
        "dev:device_sdk": SDK,
    }
    return shapes.DeviceType(
        device_key=device.key,
        device_attributes=[
            shapes.AttributeType(name=name, value=value)
            for name, value in told.items()
            if value is not None
        ],
        device_create_date=device.created_ms / MS_PER_S,
        device_last_modified_date=device.modified_ms / MS_PER_S,
        device_last_authenticated_date=device.authenticated_ms / MS_PER_S,
    )
