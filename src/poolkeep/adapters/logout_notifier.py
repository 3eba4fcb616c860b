"""Hands notices of sign-outs to applications: one POST each (Back-Channel Logout 1.0, 2.5).

One application that is away delays nobody else's notices, so whatever goes wrong is said of the
one notice. After the time that its token lives a notice is of no use.
"""

from typing import Final
from urllib.parse import urlencode

from poolkeep.adapters.outgoing import Outgoing, OutgoingFailed, OutgoingRefused
from poolkeep.core.messages.model import Message
from poolkeep.core.messages.ports import MessageRefused

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
OK: Final = frozenset({200, 204})
BAD_REQUEST: Final = 400


class LogoutNotifier:
    """Sends notices."""

    def __init__(self, outgoing: Outgoing) -> None:
        """Send through `outgoing`, which judges addresses."""
        self._outgoing = outgoing

    async def send(self, message: Message) -> None:
        """Post the token; the application's 200 or 204 settles it, its 400 ends the tries."""
        body = urlencode({"logout_token": message.body}).encode()
        try:
            answer = await self._outgoing.request(
                "POST", message.destination, headers=FORM, body=body
            )
        except OutgoingRefused as error:
            raise MessageRefused(str(error), for_good=True) from error
        except OutgoingFailed as error:
            raise MessageRefused(str(error)) from error
        if answer.status not in OK:
            raise MessageRefused(
                f"the application answered {answer.status}", for_good=answer.status == BAD_REQUEST
            )
