"""No signed operation of any service escapes IAM."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.core.iam.authority import Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.model import Entity, User
from poolkeep.http.aws.authorise import DECIDED_ELSEWHERE, Gate
from poolkeep.http.aws.caller import AccessDenied, Identity
from poolkeep.http.aws.request import HttpRequest
from poolkeep.wire.service import NAMES, Operation, load
from tests.sdk.support import holds
from tests.unit.wire import samples

ACCOUNT: Final = "123456789012"
SENT: Final = HttpRequest("POST", b"/", b"", [], b"", "127.0.0.1", "public")
SIGNED: Final = [
    operation
    for name in NAMES
    for operation in load(name).operations.values()
    if operation.signed and operation.iam_action not in DECIDED_ELSEWHERE
]
DOCUMENT: Final = (
    '{"Version":"2012-10-17","Statement":{"Effect":"%s","Action":"%s","Resource":"%s"}}'
)
ACTION: Final = r"[a-z-]+:\w+ action"
ARN: Final = f"arn:aws:iam::{ACCOUNT}:policy/sample"
NAMELESS: Final = {
    "cognito-idp:GetDerivedToken",
    "iam:CreateServiceLinkedRole",
    "iam:GetAccessKeyLastUsed",
    "kms:CreateKey",
}
"""Operations that name nothing that an ARN could be made of."""


def a_user(effect: str, action: str, resource: str) -> User:
    return User(
        account=ACCOUNT,
        name="ann",
        id="AIDA1",
        created_ms=1,
        inline={"own": DOCUMENT % (effect, action, resource)},
    )


class Memory:
    """A database and its rows: one user, or nobody."""

    def __init__(self, user: User | None) -> None:
        self._user = user

    async def read(self, work: Callable[[Any], Any]) -> Any:
        return work(None)

    def changes(self, _: object) -> int:
        return 0

    def get(self, _: object, of: type[Entity], _account: str, name: str) -> Entity | None:
        return self._user if of is User and name == "ann" else None


async def decided(operation: Operation, user: User | None = None) -> dict[str, object]:
    """Ask the gate about an operation; returns the trace. Raises AccessDenied."""
    memory: Any = Memory(user)
    book = IamBook(database=memory, rows=memory, clock=ManualClock())

    async def ignore(*_: object) -> None:
        return None

    async def no_tags() -> Mapping[str, str]:
        return {}

    gate = Gate(
        authority=Authority(book), book=book, note_use=ignore, clock=ManualClock(),
        is_secure=False,
    )  # fmt: skip
    trace: dict[str, object] = {}
    await gate.authorise(
        operation,
        Identity(ACCOUNT, "user/ann", "us-east-1", access_key_id="AKIA1"),
        request_of(operation),
        sent=SENT,
        tags_of=no_tags,
        trace=trace,
    )
    return trace


def request_of(operation: Operation) -> Any:
    """Return a request whose every member has a value."""
    if operation.input is None:
        return None
    said = samples.members(operation.table, operation.input_shape, full=True)
    request = msgspec.convert(said, operation.input, strict=False)
    arns = {name: ARN for name in request.__struct_fields__ if name.endswith("_arn")}
    return msgspec.structs.replace(request, **arns)


def named(operation: Operation) -> str:
    return f"{operation.service}:{operation.name}"


@holds("POL-01")
@pytest.mark.parametrize("operation", SIGNED, ids=named)
async def test_who_has_no_policy_is_denied(operation: Operation) -> None:
    with pytest.raises(AccessDenied, match=f"perform: {operation.iam_action}"):
        await decided(operation)
    nothing = a_user("Allow", "s3:*", "*")
    with pytest.raises(AccessDenied, match=f"no identity-based policy allows the {ACTION}"):
        await decided(operation, nothing)


@holds("POL-01")
@pytest.mark.parametrize("operation", SIGNED, ids=named)
async def test_who_has_every_policy_is_let_through(operation: Operation) -> None:
    trace = await decided(operation, a_user("Allow", "*", "*"))
    assert trace["decision"] == "allowed"


@holds("POL-02")
@pytest.mark.parametrize("operation", [each for each in SIGNED if each.resource], ids=named)
async def test_what_an_operation_is_about_has_a_name(operation: Operation) -> None:
    if operation.resource == "*" or named(operation) in NAMELESS:
        return
    service = "cognito-sync" if operation.resource in {"identity", "dataset"} else operation.service
    region = "" if operation.service in {"iam", "sts"} else "us-east-1"
    own = a_user("Allow", "*", f"arn:aws:{service}:{region}:{ACCOUNT}:*")
    passing = DOCUMENT % ("Allow", "iam:PassRole", "*")
    user = msgspec.structs.replace(own, inline={**own.inline, "passing": passing})
    assert (await decided(operation, user))["decision"] == "allowed"
