"""The functions that are measured: `python -m bench.functions`."""

import time
from typing import Any


def nothing(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell how long it took by its own clock."""
    began = time.perf_counter()
    event["response"]["own_us"] = (time.perf_counter() - began) * 1e6
    return event


def claim(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Add a claim."""
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"plan": "gold"}}
    return event


def hang(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Never answer in time."""
    time.sleep(60)
    return event
