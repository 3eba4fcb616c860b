"""Where identity pools take credentials that are not our own.

https://sts.us-east-1.amazonaws.com     a token service with AssumeRoleWithWebIdentity
http+insecure://gateway:7480            the same without TLS, where that was thought about
"""

import re
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.hosts import is_loopback

INSECURE: Final = "http+insecure"
_ACTION: Final = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+|\*")
_URL: Final = re.compile(r"[a-z+]+://[^\s/?#@]+(/[^\s?#]*)?")


class IdentitySts(msgspec.Struct, frozen=True, kw_only=True):
    """The token services of others, by identity pool."""

    url: str | None = None
    urls: dict[str, str] = {}
    guest_actions: tuple[str, ...] = ()

    DOCS: ClassVar[dict[str, str]] = {
        "url": "Token service that gives identities their credentials in place of our own, by "
        "AssumeRoleWithWebIdentity: `https://…`, or `http+insecure://…` without TLS; plain "
        "`http://…` is for this machine alone. Needs `identity_issuer`.",
        "urls": "The same by identity pool, where a pool differs from `url`; an empty value is "
        "our own token service.",
        "guest_actions": "What guests may do there at most, whatever their role says; `*` limits "
        "nothing. Default: the services that are open to guests of Cognito. Ceph wants `s3:*`, "
        "for it refuses policies with actions that it does not know.",
    }

    def of(self, pool_id: str) -> str | None:
        """Return the URL of the service for a pool, None for our own. Raises ValueError."""
        text = self.urls.get(pool_id, self.url or "")
        return sts_url(text) if text else None

    def faults(self, issuer: str | None) -> list[str]:
        """Return what is wrong with the settings, one sentence a fault, each saying what to do."""
        found: list[str] = []
        named = {"url": self.url or "", **{f"urls: {pool}": at for pool, at in self.urls.items()}}
        used = {name: text for name, text in named.items() if text}
        for name, text in used.items():
            try:
                sts_url(text)
            except ValueError as error:
                found.append(f"identity_sts.{name}: is no address of a token service; {error}.")
        if used and issuer is None:
            found.append(
                "identity_sts: no other token service takes tokens that name Cognito as their "
                "issuer. Set identity_issuer to self."
            )
        found += [
            f"identity_sts.guest_actions: {action!r} is no action. Use a form such as s3:*."
            for action in self.guest_actions
            if not _ACTION.fullmatch(action)
        ]
        return found


def sts_url(text: str) -> str:
    """Return the URL that an address of a token service stands for. Raises ValueError."""
    form = "use https://… or http+insecure://…"
    if not _URL.fullmatch(text):
        raise ValueError(form)
    parts = urlsplit(text)
    if not parts.hostname:
        raise ValueError(form)
    if parts.port == 0:
        raise ValueError("the port is not a port")
    if parts.scheme == INSECURE:
        return parts._replace(scheme="http").geturl()
    if parts.scheme == "http" and is_loopback(parts.hostname):
        return text
    if parts.scheme != "https":
        raise ValueError(form)
    return text
