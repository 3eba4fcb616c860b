"""The one HTTP client for requests that we send.

The host is resolved here, every address is judged, and the connection goes to a judged address,
so that a name cannot point elsewhere between the check and the use. There are no redirects, no
proxies from the environment, no cookies; time and size have limits.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    import httpx2

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TIMEOUT_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 1024 * 1024
CONNECTIONS_MAX: Final = 50
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
WORLD: Final = ipaddress.ip_network("2000::/3")
"""Where every public IPv6 address is; what is elsewhere leads to IPv4 by some gateway, or home."""
CREDENTIALS: Final = tuple(
    map(
        ipaddress.ip_network,
        ("fd00:ec2::/32", "168.63.129.16/32", "192.0.0.0/24", "100.100.100.200/32"),
    )
)
"""Where clouds keep their credentials, besides link-local addresses."""
PORT_OF: Final = {"http": 80, "https": 443}


class OutgoingRefused(Exception):
    """We will not send this: the address is not allowed, or the URL is not usable."""


class OutgoingFailed(Exception):
    """There was no usable answer; `was_sent` when the request may have reached the other side."""

    def __init__(self, text: str, *, was_sent: bool, too_large: bool = False) -> None:
        """Say why, without the URL (it may hold credentials)."""
        super().__init__(text)
        self.was_sent = was_sent
        self.too_large = too_large


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whatever its status; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Outgoing:
    """Sends requests to allowed addresses."""

    def __init__(
        self,
        *,
        allowed: Sequence[Network] = (),
        private_allowed: bool = False,
        timeout_s: float = TIMEOUT_S,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Allow public addresses, those of `allowed` and, for an operator's own URLs, private ones.

        Private includes loopback, but never link-local, where clouds keep their credentials.
        """
        self._allowed = tuple(allowed)
        self._private_allowed = private_allowed
        self._timeout_s = timeout_s
        self._answer_bytes_max = answer_bytes_max
        self._tls = tls
        self._client: httpx2.AsyncClient | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float | None = None,
    ) -> Answer:
        """Return the answer. Raises OutgoingRefused or OutgoingFailed."""
        parts = urlsplit(url)
        if parts.scheme not in PORT_OF or not parts.hostname:
            raise OutgoingRefused("only http and https URLs with a host are requested")
        try:
            port = parts.port or PORT_OF[parts.scheme]
        except ValueError:
            raise OutgoingRefused("the port is not a port") from None
        try:
            async with asyncio.timeout(timeout_s or self._timeout_s):
                address = await self._address_of(parts.hostname, port)
                literal = f"[{address}]" if address.version == 6 else str(address)
                target = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
                host = parts.netloc.rpartition("@")[2]
                return await self._send(
                    method, target, host=host, name=parts.hostname, headers=headers, body=body
                )
        except TimeoutError:
            raise OutgoingFailed("no answer in time", was_sent=True) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def allows(self, address: IpAddress) -> bool:
        """Tell whether a request may go to `address`."""
        judged = _inner(address)
        if any(judged in network for network in self._allowed if network.version == judged.version):
            return True
        if judged.is_link_local or judged.is_multicast or judged.is_unspecified:
            return False
        if any(judged in network for network in CREDENTIALS if network.version == judged.version):
            return False
        if judged.is_loopback or judged.is_private:
            return self._private_allowed
        return judged.is_global and (judged.version == 4 or judged in WORLD)

    async def _address_of(self, host: str, port: int) -> IpAddress:
        """Return an address of `host`; one that is not allowed among them refuses the host."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise OutgoingFailed("the host name does not resolve", was_sent=False) from error
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses or not all(self.allows(address) for address in addresses):
            raise OutgoingRefused("the host's address is not allowed")
        return addresses[0]

    async def _send(
        self,
        method: str,
        target: str,
        *,
        host: str,
        name: str,
        headers: Mapping[str, str] | None,
        body: bytes,
    ) -> Answer:
        import httpx2  # noqa: PLC0415  slow to import, and this is the place for it

        client = self._client = self._client or self._new_client()
        request = client.build_request(
            method,
            target,
            headers={**(headers or {}), "Host": host},
            content=body,
            extensions={"sni_hostname": name},
        )
        try:
            response = await client.send(request, stream=True)
            try:
                answer = await self._read(response)
            finally:
                await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise OutgoingFailed(type(error).__name__, was_sent=False) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as error:
            raise OutgoingFailed(type(error).__name__, was_sent=True) from error
        return Answer(
            status=response.status_code,
            headers={key.lower(): value for key, value in response.headers.items()},
            body=answer,
        )

    async def _read(self, response: "httpx2.Response") -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._answer_bytes_max:
                raise OutgoingFailed("the answer is too large", was_sent=True, too_large=True)
            parts.append(part)
        return b"".join(parts)

    def _new_client(self) -> "httpx2.AsyncClient":
        import httpx2  # noqa: PLC0415  as above

        verify: Any = self._tls or True
        return httpx2.AsyncClient(
            verify=verify,
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout_s,
            limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
        )


def _inner(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that an IPv6 form of one leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
