"""An HTTP request as the AWS face reads it."""

from typing import NamedTuple

Headers = list[tuple[bytes, bytes]]


class HttpRequest(NamedTuple):
    """Method, raw target, headers in order (names lower case), the whole body, and from where."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Headers
    body: bytes
    source_ip: str
    listener: str

    def header(self, name: bytes) -> str | None:
        """Return the first header of this name."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None
