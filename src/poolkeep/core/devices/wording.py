"""Texts of refusals about devices. Source: docs/behaviours/devices.md."""

NO_DEVICE = "Device does not exist."
"""Clients search for this text, drop the key and send the same answer again."""

INVALID_KEY = "Invalid device key given."
KEY_EXISTS = "Device already exists."
INVALID_VERIFIER = "Invalid device secret verifier given."
NUL_IN_NAME = "DeviceName cannot contain the NUL character."


def not_tracked(pool_id: str) -> str:
    """Return the text for a pool that does not track devices."""
    return f"User pool {pool_id} does not support device tracking."
