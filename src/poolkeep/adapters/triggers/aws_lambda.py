"""Functions behind an Invoke operation: AWS Lambda, or another server that speaks it.

Source: the service model of Lambda.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from poolkeep.adapters.outgoing import Answer
from poolkeep.adapters.signing import Signer
from poolkeep.adapters.triggers.model import Invocation
from poolkeep.adapters.triggers.remote import Lane, Lanes, judge
from poolkeep.function_settings import LambdaTarget

PATH: Final = "/2015-03-31/functions/{}/invocations"
SERVICE: Final = "lambda"


class LambdaFunctions:
    """Calls Invoke."""

    def __init__(self, lane: Callable[[], Lane], now_ms: Callable[[], int]) -> None:
        """Sign at the time that `now_ms` tells."""
        self._lanes = Lanes(lane)
        self._now_ms = now_ms

    async def run(self, invocation: Invocation) -> bytes:
        """Invoke and return the answer."""
        return judge(await self._invoke(invocation, "RequestResponse"))

    async def hand_over(self, invocation: Invocation) -> None:
        """Leave the event with the service, which tries again by itself."""
        judge(await self._invoke(invocation, "Event"))

    async def close(self) -> None:
        """Close every connection."""
        await self._lanes.close()

    async def _invoke(self, invocation: Invocation, kind: str) -> Answer:
        function = invocation.function
        target = function.target
        if not isinstance(target, LambdaTarget):
            raise TypeError(function.name)
        url = target.url + PATH.format(quote(target.function or invocation.arn, safe=""))
        headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": kind}
        if invocation.client_context is not None:
            headers["X-Amz-Client-Context"] = invocation.client_context
        signer = Signer(
            access_key=target.access_key,
            secret_key=target.secret_key,
            region=target.region or function.region,
            service=SERVICE,
        )
        signed = signer.post(url, headers, body=invocation.event, now_ms=self._now_ms())
        return await self._lanes.to(function).post(
            url, signed, body=invocation.event, within_s=invocation.within_s
        )
