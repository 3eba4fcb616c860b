"""Who calls: the app client, its secret's proof, and the address that the call comes from."""

import ipaddress

from poolkeep.base.refusal import InvalidParameter, ResourceNotFound
from poolkeep.core.audit.events import wants_events
from poolkeep.core.pools import wording as pool_wording
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signin.secret_hash import check_secret_hash
from poolkeep.core.signup import wording
from poolkeep.core.signup.model import PublicCall


async def calling_client(book: PoolBook, call: PublicCall) -> tuple[LoadedPool, AppClient]:
    """Return the client with its pool.

    Refuses an unknown client, a missing or wrong hash, and a claimed address that is none.
    """
    found = await book.client(call.client_id)
    if found is None:
        raise ResourceNotFound(pool_wording.no_client(call.client_id))
    pool, client = found
    if not call.by_pages:
        check_secret_hash(client, call.username, call.secret_hash)
    address_of(pool, client, call)
    return found


def address_of(pool: LoadedPool, client: AppClient, call: PublicCall) -> str:
    """Return the caller's address for risk and events.

    What the caller claims counts only from a client that proves a secret and is set to propagate
    it, in a pool with threat protection; then it must be an address.
    """
    trusted = (
        bool(client.secrets)
        and client.settings.enable_propagate_additional_user_context_data is True
        and wants_events(pool)
    )
    if call.ip_address is None or not trusted:
        return call.source_ip
    try:
        return str(ipaddress.ip_address(call.ip_address))
    except ValueError:
        raise InvalidParameter(wording.INVALID_IP) from None
