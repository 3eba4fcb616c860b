"""Which names a pool's pages may answer under. Pure. Source: docs/behaviours/domains.md."""

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.directory import wording
from poolkeep.core.directory.model import CLASSIC, MANAGED_LOGIN, DomainKind, Routing

RESERVED_WORDS: Final = ("aws", "amazon", "cognito")
SINGLE_PARENTS: Final = frozenset({"localhost", "internal", "local", "test", "home"})
"""Networks of one's own, below which a name needs no further level."""
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LABELS_MIN: Final = 3
"""A custom domain is below a domain that somebody registered."""
_DISTRIBUTION_CHARACTERS: Final = 13


def check_name(name: str, kind: DomainKind) -> None:
    """Refuse a name that a domain of this kind cannot have."""
    if kind == "prefix":
        if not _LABEL.fullmatch(name):
            raise InvalidParameter(wording.DOMAIN_CHARACTERS)
        for word in RESERVED_WORDS:
            if word in name:
                raise InvalidParameter(wording.reserved_word(word))
        return
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidParameter(wording.DOMAIN_CHARACTERS)
    below_ours = len(labels) > 1 and labels[-1] in SINGLE_PARENTS
    if labels[-1].isdigit() or not (len(labels) >= _LABELS_MIN or below_ours):
        raise InvalidParameter(wording.NO_SUBDOMAIN)


def check_version(version: int | None) -> int:
    """Return the version of the pages; refuses one that there is not."""
    if version not in {None, CLASSIC, MANAGED_LOGIN}:
        raise InvalidParameter(wording.LOGIN_VERSION)
    return version or CLASSIC


def check_routing(routing: Routing | None, kind: DomainKind, region: str) -> None:
    """Refuse fail-over where there is none to do."""
    if routing is None or routing.failover is None:
        return
    if kind != "custom":
        raise InvalidParameter(wording.ROUTING_NEEDS_CUSTOM)
    if routing.failover.secondary_region == region:
        raise InvalidParameter(wording.ROUTING_TO_ITSELF)


def host_of(base_url: str) -> str:
    """Return the name under which addresses of this installation stand."""
    host = urlsplit(base_url).hostname or ""
    is_address = ":" in host or host.replace(".", "").isdigit()
    return "localhost" if is_address or not host else host


def distribution(name: str, host: str) -> str:
    """Return the address that a custom domain's own record points to."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DISTRIBUTION_CHARACTERS]
    return f"d{digest}.cloudfront.{host}"
