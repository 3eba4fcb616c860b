"""Functions of a pool, for tests: they remember what they were told and answer what they should."""

import dataclasses
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, unique

Says: TypeAlias = dict[str, Json] | Exception | Callable[[dict[str, Json]], Any]
UNRECOGNIZABLE: Final = "Unrecognizable lambda output"


@dataclasses.dataclass
class Function:
    """A function: what it says may change while a test runs."""

    arn: str
    says: Says
    events: list[dict[str, Json]] = dataclasses.field(default_factory=list)

    def __call__(self, event: dict[str, Json]) -> Any:
        """Answer an event."""
        self.events.append(event)
        if isinstance(self.says, Exception):
            raise self.says
        if callable(self.says):
            return self.says(event)
        event["response"].update(self.says)
        return event

    @property
    def sources(self) -> list[str]:
        """The sources of its events, in order."""
        return [event["triggerSource"] for event in self.events]


@dataclasses.dataclass(frozen=True)
class Stage:
    """An application and its functions."""

    wire: Wire
    triggers: InProcessTriggers

    def function(self, says: Says | None = None) -> Function:
        """Make a function; without words it returns what it was told."""
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{unique('function')}"
        made = Function(arn, says if says is not None else {})
        self.triggers.register(arn, made)
        return made

    def app(self, client: dict[str, Json] | None = None, /, **functions: Json) -> App:
        """Return an app of a pool that has these functions and verifies e-mail addresses."""
        named = {
            name: one.arn if isinstance(one, Function) else one for name, one in functions.items()
        }
        pool_id = a_pool(self.wire, LambdaConfig=named, AutoVerifiedAttributes=["email"])
        return an_app(self.wire, pool_id, **(client or {}))
