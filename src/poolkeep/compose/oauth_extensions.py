"""What OAuth has beyond Cognito, wired. Nothing of it answers in a pool that is not strict."""

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.compose.kit import Kit
from poolkeep.core.oauth import device_authorization, extras
from poolkeep.core.oauth.device_authorization import DeviceAuthorizations
from poolkeep.core.oauth.dpop import DpopProofs
from poolkeep.core.oauth.grants import GrantHandler
from poolkeep.core.oauth.grants.device_code import DeviceGrant
from poolkeep.core.oauth.issuing import CodeTokens
from poolkeep.core.oauth.logout_notices import LogoutNotices
from poolkeep.core.oauth.pushed import PushedRequests
from poolkeep.core.tokens import Tokens
from poolkeep.storage.stores.device_grants import SqlDeviceGrants
from poolkeep.storage.stores.dpop_proofs import SqlDpopProofs
from poolkeep.storage.stores.pushed_requests import SqlPushedRequests
from poolkeep.storage.stores.tokens import SqlTokens

__all__ = ["OAuthExtensions", "build_oauth_extensions", "extras", "grants_of"]


class OAuthExtensions(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints and pages of extensions call, by name."""

    pushed: PushedRequests
    devices: DeviceAuthorizations
    proofs: DpopProofs
    notices: LogoutNotices
    entropy: Entropy


def build_oauth_extensions(kit: Kit) -> OAuthExtensions:
    """Wire the extensions over the kit."""
    return OAuthExtensions(
        pushed=PushedRequests(
            database=kit.database, rows=SqlPushedRequests(), clock=kit.clock, entropy=kit.entropy
        ),
        devices=DeviceAuthorizations(
            database=kit.database, rows=SqlDeviceGrants(), clock=kit.clock, entropy=kit.entropy
        ),
        # Proofs are dated by the machines of clients, which development's clock does not move.
        proofs=DpopProofs(database=kit.database, rows=SqlDpopProofs(), clock=kit.wall_clock),
        notices=LogoutNotices(
            messenger=kit.messenger, issuers=kit.issuers, clock=kit.clock, entropy=kit.entropy
        ),
        entropy=kit.entropy,
    )


def grants_of(kit: Kit, extensions: OAuthExtensions, *, tokens: Tokens) -> dict[str, GrantHandler]:
    """Return the grants of the token endpoint that extensions bring."""
    issuing = CodeTokens(database=kit.database, rows=SqlTokens(), tokens=tokens)
    devices = DeviceGrant(devices=extensions.devices, issuing=issuing, entropy=kit.entropy)
    return {device_authorization.GRANT_TYPE: devices}
