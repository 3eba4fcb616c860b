"""Print messages, for development without a browser."""

from collections.abc import Callable

from poolkeep.core.messages.model import Message


class ConsoleTransport:
    """Prints each message as a few lines."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        """Print with `print_line`."""
        self._print_line = print_line

    async def send(self, message: Message) -> None:
        """Print the message. Control characters are shown escaped: a terminal obeys some."""
        for line in (
            f"--- {message.medium} to {message.destination} ({message.kind})",
            *([f"Subject: {message.subject}"] if message.subject else []),
            *message.body.splitlines(),
        ):
            self._print_line(_visible(line))


def _visible(line: str) -> str:
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in line
    )
