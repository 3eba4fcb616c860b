"""Everything that the machine may know, loaded beforehand."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signin.evidence import Evidence
from poolkeep.core.users.model import Group, User


class SignInRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows about a name: the user, if any, with groups and the password lock."""

    user: User | None
    groups: tuple[Group, ...]
    locked_until_ms: int
    failures: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The world as of `now_ms`.

    `given` holds what came with this request (AuthParameters). `wall_ms` is the machine's time,
    for what callers date themselves; `ip_address` is where the request comes from.
    ClientMetadata is `validation_data` where a sign-in begins, for the functions before the
    proof, and `client_metadata` where a challenge is answered, for those after it.
    """

    now_ms: int
    wall_ms: int
    pool: LoadedPool
    client: AppClient
    row: SignInRow
    given: Mapping[str, str]
    validation_data: Mapping[str, str] = {}
    client_metadata: Mapping[str, str] = {}
    evidence: Evidence = Evidence()
    ip_address: str = ""

    @property
    def user(self) -> User | None:
        """The user, None when there is none of this name."""
        return self.row.user

    def with_user(self, user: User) -> "Facts":
        """Return the facts after the user changed."""
        return msgspec.structs.replace(self, row=msgspec.structs.replace(self.row, user=user))
