"""Which function answers which address. Handlers register at import; `load` imports them all."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from poolkeep.http.hosted import endpoints, pages
from poolkeep.http.hosted.web import Answer, Visit

Handler = Callable[[Visit], Awaitable[Answer]]

_handlers: dict[str, dict[str, Handler]] = {}
ANY_BELOW: Final = "/*"
"""Ends a path that stands for everything below it."""


def route(methods: str, path: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for methods (`"GET POST"`) at a path, in its main spelling.

    A path that ends with `/*` answers everything below. Paths are found whatever their case.
    """

    def register(handler: Handler) -> Handler:
        places = _handlers.setdefault(path.lower(), {})
        for method in methods.split():
            if method in places:
                message = f"{method} {path} is registered twice"
                raise RuntimeError(message)
            places[method] = handler
        return handler

    return register


def found(path: str) -> dict[str, Handler] | None:
    """Return the handlers of a path by method, None for an address that nobody answers."""
    registered = name(path)
    return None if registered is None else _handlers[registered]


def name(path: str) -> str | None:
    """Return the registered path that answers for a path, None for none: fit for a log."""
    place = path.lower()
    if place in _handlers:
        return place
    while place:
        place = place.rpartition("/")[0]
        if place + ANY_BELOW in _handlers:
            return place + ANY_BELOW
    return None


def answering(method: str) -> dict[str, Handler]:
    """Return what answers a method, by path in lower case."""
    return {path: named[method] for path, named in _handlers.items() if method in named}


def load() -> None:
    """Import every module of endpoints and pages."""
    for package in (endpoints, pages):
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
