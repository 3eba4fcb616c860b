"""All cases, and how the server that runs them is started."""

from typing import Final

from tests.matrix import directory_cases, factor_cases, pool_cases, token_cases, user_cases
from tests.matrix.case import CASES
from tests.matrix.world import REGIONS

MODULES: Final = (directory_cases, factor_cases, pool_cases, token_cases, user_cases)
FLAGS: Final = tuple(part for name in REGIONS for part in ("--region", f"{name}="))
"""How the server is started that runs them."""
__all__ = ["CASES", "FLAGS", "MODULES"]
