"""`device_code`: what a user agreed to elsewhere becomes tokens on a device (RFC 8628, 3.4)."""

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.core.oauth.device_authorization import DeviceAuthorizations
from poolkeep.core.oauth.grants import Members, TokenCall, demand_flow, in_oauth_words, members_of
from poolkeep.core.oauth.issuing import CodeTokens
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.refusals import OAuthRefusal

FLOW = "code"
"""Cognito's clients have no flow of this name: who may get codes may get devices."""


class DeviceGrant:
    """Redeems device codes."""

    def __init__(
        self, *, devices: DeviceAuthorizations, issuing: CodeTokens, entropy: Entropy
    ) -> None:
        """Spend in `devices`, issue by `issuing`."""
        self._devices = devices
        self._issuing = issuing
        self._entropy = entropy

    async def __call__(self, call: TokenCall) -> Members:
        """Answer the grant; a pool that is not strict has none."""
        if not profile_of(call.pool).strict:
            raise OAuthRefusal("unsupported_grant_type")
        demand_flow(call.client, FLOW)
        device_code = call.required("device_code")
        code = await self._devices.redeem(call.pool, call.client.id, device_code)
        with in_oauth_words():
            tokens = await self._issuing.issue(call, code, origin_jti=uuid4(self._entropy))
        return members_of(call, tokens, asked=code.request.scopes)
