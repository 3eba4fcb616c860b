"""Whose pages call: those of this machine, or those of a site that somebody only visits.

A browser lets every site send requests to a server on the visitor's own machine, and tells where
they come from. What asks for no proof of the caller must look at that.
"""

from urllib.parse import urlsplit

from poolkeep.base.hosts import is_loopback


def is_of_this_machine(origin: str) -> bool:
    """Tell whether an Origin header names a page that this machine serves."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return is_loopback(host)


def is_from_foreign_page(origin: str | None, sec_fetch_site: str | None) -> bool:
    """Tell whether a page from elsewhere made the request; programs send neither header."""
    if origin is not None:
        return not is_of_this_machine(origin)
    return sec_fetch_site == "cross-site"
