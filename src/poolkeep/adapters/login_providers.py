"""Questions to login providers, over the one client for requests that we send."""

from collections.abc import Mapping

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.core.identities.social_logins import Answer


class ProviderQuestions:
    """Asks over HTTP. Implements `core.identities.social_logins.Questions`."""

    def __init__(self, outgoing: Outgoing) -> None:
        """Ask through `outgoing`."""
        self._outgoing = outgoing

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer. Raises OSError when there is none."""
        try:
            found = await self._outgoing.request(
                "GET", url, headers={"Accept": "application/json", **headers}
            )
        except (OutgoingFailed, OutgoingRefused) as error:
            raise OSError(str(error)) from error
        return Answer(found.status, found.body)
