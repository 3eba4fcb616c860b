"""Setting a second factor up while signing in: for whom, and with what outcome. Pure."""

from poolkeep.core.factors.model import ADDRESS_OF
from poolkeep.core.factors.preferences import with_factor
from poolkeep.core.factors.rules import demand_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.attributes import verified
from poolkeep.core.users.model import User
from poolkeep.core.users.revision import with_change


def may_set_up(pool: LoadedPool, user: User, factor: str) -> bool:
    """Tell whether the user still owes a second factor, and may choose this one.

    An address that the user has cannot be replaced on the way in.
    """
    demand = demand_of(pool, user)
    if demand is None or factor not in demand.setup:
        return False
    return factor not in ADDRESS_OF or not user.attributes.get(ADDRESS_OF[factor])


def with_address(pool: LoadedPool, user: User, factor: str, *, address: str, now_ms: int) -> User:
    """Return the user whose new address has received a code: it is verified, and a factor."""
    own = with_change(user, verified(pool, user, ADDRESS_OF[factor], address), now_ms)
    return with_factor(own, factor, now_ms)
