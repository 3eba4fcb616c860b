"""Kinds of logins that an installation cannot check: each refuses, and says so."""

from typing import Any, NoReturn

from poolkeep.base.refusal import Refusal
from poolkeep.core.identities.model import IdentityPool, Proven


class Unwired:
    """Refuses every login of a kind."""

    def __init__(self, refusal: type[Refusal], text: str) -> None:
        """Refuse with these words."""
        self._refusal = refusal
        self._text = text

    async def check(self, _pool: IdentityPool, _key: str, _token: str) -> Proven:
        """Refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise self._refusal(self._text)


class NoPoolsElsewhere(Unwired):
    """Refuses user pools of other installations."""

    async def check(  # type: ignore[override]  # claims instead of a login, and never any
        self, _pool: IdentityPool, _key: str, _token: str
    ) -> dict[str, Any]:
        """Refuse."""
        self._refuse()
