"""What one request gathers on its way through the machine."""

from collections.abc import Callable

import msgspec

from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.model import OutboxMessage
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.commands import Origin
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.handles import Kept
from poolkeep.core.signin.marks import Mark
from poolkeep.core.users.model import User


class Course(msgspec.Struct, kw_only=True):
    """Gathered effects; all of them are written when a step is settled, and then forgotten.

    `spends` is the attempt whose handle is used up, `guard` the lock of its right answer,
    `pretended` what a code for nobody leaves behind so that it costs what a message would, `kept`
    an attempt too large for a handle, `source` the pre-token trigger's, `session` what records
    the session of a finished sign-in.
    """

    facts: Facts
    origin: Origin
    spends: Attempt | None = None
    guard: str | None = None
    new_user: User | None = None
    marks: tuple[Mark, ...] = ()
    messages: tuple[OutboxMessage, ...] = ()
    pretended: bytes | None = None
    kept: Kept | None = None
    session: Callable[[Transaction], None] | None = None
    source: str = "Authentication"

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be written."""
        people = (self.spends, self.new_user, self.marks, self.session)
        return not any((*people, self.messages, self.pretended, self.kept))

    def settled(self) -> None:
        """Forget what was written; the user's version has grown."""
        if self.new_user is not None:
            saved = msgspec.structs.replace(self.new_user, version=self.new_user.version + 1)
            self.facts = self.facts.with_user(saved)
        self.spends = None
        self.guard = None
        self.new_user = None
        self.marks = ()
        self.messages = ()
        self.pretended = None
        self.kept = None
        self.session = None
