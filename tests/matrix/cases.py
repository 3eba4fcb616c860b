"""All cases, and how the server that runs them is started."""

from typing import Final

from tests.matrix import directory_cases, factor_cases, pool_cases, token_cases, user_cases
from tests.matrix.case import CASES

MODULES: Final = (directory_cases, factor_cases, pool_cases, token_cases, user_cases)
REGIONS: Final[tuple[str, ...]] = ()
__all__ = ["CASES", "MODULES", "REGIONS"]
