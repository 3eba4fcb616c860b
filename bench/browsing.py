"""A browser that costs little: one kept connection, cookies, redirects and forms."""

import asyncio
import base64
import html
import re
from typing import Final, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL | re.IGNORECASE)
INPUT: Final = re.compile(r"<input\b([^>]*)>", re.IGNORECASE)
ATTRIBUTE: Final = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
HEAD_MAX: Final = 65_536
STEPS_MAX: Final = 10


class Seen(NamedTuple):
    """A page and its address."""

    url: str
    body: bytes


class Browser:
    """One person's browser; `async with` connects."""

    def __init__(self, port: int) -> None:
        """Talk to the server of this port, whatever host an address names."""
        self.requests = 0
        self._port = port
        self._cookies: dict[str, str] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        if self._writer is not None:
            self._writer.close()

    def forget(self) -> None:
        """Become somebody else."""
        self._cookies.clear()

    async def visit(self, url: str, *, until: str = "\0") -> Seen:
        """Follow redirects to a page, or to an address that begins with `until`."""
        return await self._follow("GET", url, b"", until)

    async def submit(self, page: Seen, until: str, **values: str) -> str:
        """Fill in the first form with these fields; return the address where that leads."""
        for opening, inside in FORM.findall(page.body.decode()):
            fields = {}
            for told in map(_attributes, INPUT.findall(inside)):
                if "name" in told:
                    fields[told["name"]] = told.get("value", "")
            if values.keys() <= fields.keys():
                action = urljoin(page.url, _attributes(opening).get("action") or page.url)
                body = urlencode({**fields, **values}).encode()
                return (await self._follow("POST", action, body, until)).url
        raise AssertionError(f"no form with {sorted(values)} at {page.url}: {page.body[:500]!r}")

    async def post(self, url: str, form: dict[str, str], *, authorization: str) -> bytes:
        """Send a form as a program does, and return what a success answers."""
        status, _, body = await self._exchange(
            "POST", url, urlencode(form).encode(), authorization=authorization, cookies=False
        )
        assert status == 200, (status, body)
        return body

    async def _follow(self, method: str, url: str, body: bytes, until: str) -> Seen:
        for _ in range(STEPS_MAX):
            if url.startswith(until):
                return Seen(url, b"")
            status, location, answer = await self._exchange(method, url, body)
            if status == 200:
                return Seen(url, answer)
            assert location, (url, status, answer[:500])
            method, url, body = "GET", urljoin(url, location), b""
        raise AssertionError(f"too many redirects, the last to {url}")

    async def _open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=2 * HEAD_MAX
        )

    async def _exchange(
        self, method: str, url: str, body: bytes, *, authorization: str = "", cookies: bool = True
    ) -> tuple[int, str, bytes]:
        parts = urlsplit(url)
        lines = [f"{method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1"]
        lines.append(f"Host: {parts.netloc}")
        if cookies and self._cookies:
            told = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            lines.append(f"Cookie: {told}")
        if authorization:
            lines.append(f"Authorization: {authorization}")
        if method == "POST":
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(body)}")
        assert self._writer is not None
        assert self._reader is not None
        self.requests += 1
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, location, length, closes = int(head[0].split()[1]), "", 0, False
        for line in head[1:]:
            name, _, value = line.partition(":")
            match name.lower():
                case "location":
                    location = value.strip()
                case "content-length":
                    length = int(value)
                case "connection":
                    closes = "close" in value
                case "set-cookie" if cookies:
                    self._take(value)
        answer = await self._reader.readexactly(length) if length else b""
        if closes:
            self._writer.close()
            await self._open()
        return status, location, answer

    def _take(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].strip().partition("=")
        if value and "max-age=0" not in cookie.lower() and " 1970 " not in cookie:
            self._cookies[name] = value
        else:
            self._cookies.pop(name, None)


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): html.unescape(double or single or bare)
        for name, double, single, bare in ATTRIBUTE.findall(text)
    }


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query))


def basic(name: str, secret: str) -> str:
    """Return the header value that proves a client's secret."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
