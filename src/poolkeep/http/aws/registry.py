"""Which function handles which operation.

Handlers register at import; `load()` imports the modules of a service on first use. An operation
of the generated tables that nobody registered is not built yet, and the pipeline says so.
"""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import msgspec

from poolkeep.core.audit import Actor
from poolkeep.core.iam.authority import Asker
from poolkeep.http.aws.caller import Identity

Handler = Callable[["Call", Any], Awaitable[Any]]

_handlers: dict[tuple[str, str], Handler] = {}
_loaded: set[str] = set()

PACKAGES = {
    "cognito-idp": "poolkeep.http.aws.operations.cognito_idp",
    "cognito-identity": "poolkeep.http.aws.operations.cognito_identity",
    "cognito-sync": "poolkeep.http.aws.operations.cognito_sync",
    "sts": "poolkeep.http.aws.operations.sts",
    "iam": "poolkeep.http.aws.operations.iam",
    "kms": "poolkeep.http.aws.operations.kms",
}


class Call(NamedTuple):
    """One call as a handler sees it.

    `region` holds the region's services and `installation` those that all regions share, both as
    built by compose.
    """

    region: Any
    account: str
    principal: str
    now_ms: int
    source_ip: str
    user_agent: str
    request_id: str
    region_name: str = ""
    installation: Any = None
    identity: Identity | None = None
    """Who signed; None for an operation that nobody signs."""
    asker: Asker | None = None
    """The same, as IAM sees it."""

    @property
    def caller(self) -> Asker:
        """The caller of a signed operation, as IAM sees it."""
        if self.asker is None:
            message = "this operation is not signed"
            raise RuntimeError(message)
        return self.asker

    @property
    def actor(self) -> Actor:
        """The caller, for the audit trail."""
        return Actor(
            account=self.account,
            principal=self.principal,
            request_id=self.request_id,
            source_ip=self.source_ip,
        )


class Registration(msgspec.Struct, frozen=True):
    """One built operation."""

    service: str
    operation: str
    handler: Handler


def operation(service: str, name: str) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of an operation."""

    def register(handler: Handler) -> Handler:
        key = (service, name)
        if key in _handlers:
            message = f"{service} {name} is registered twice"
            raise RuntimeError(message)
        _handlers[key] = handler
        return handler

    return register


def load(service: str) -> None:
    """Import every handler module of a service, once."""
    if service in _loaded:
        return
    _loaded.add(service)
    try:
        package = import_module(PACKAGES[service])
    except ModuleNotFoundError:
        return  # nothing of this service is built yet
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def handler(service: str, name: str) -> Handler | None:
    """Return the handler of an operation, None when it is not built."""
    load(service)
    return _handlers.get((service, name))


def registrations() -> list[Registration]:
    """Return every built operation, for the documentation and `poolkeep where`."""
    for service in PACKAGES:
        load(service)
    return [
        Registration(service, name, found) for (service, name), found in sorted(_handlers.items())
    ]
