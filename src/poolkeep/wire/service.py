"""A service and its operations as data.

    load("cognito-idp") ──▶ Service ──▶ operations["SignUp"] ──▶ Operation(input, output, …)

A service's generated package is imported on first use, so that nobody pays for six models.
"""

from functools import cache
from importlib import import_module
from typing import Final, Literal, TypeAlias

import msgspec

from poolkeep.wire.errors import ServiceError
from poolkeep.wire.tables import Table

Protocol: TypeAlias = Literal["json11", "rest_json", "query_xml"]

NAMES: Final = ("cognito-idp", "cognito-identity", "cognito-sync", "sts", "iam", "kms")

# Answers about the caller or its signature; the services that speak JSON 1.1 send them with 400.
FORBIDDEN_CODES: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_MISSING_STATUSES: Final = {
    "UnknownOperationException": 404,
    "ServiceUnavailable": 503,
    "InternalFailure": 500,
}
_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a service.

    `signed` is false for the operations of the model that need no signature and for those whose
    signature the service never looks at; `optional_signature` marks an operation that takes
    either a signature or another proof. `resource` names the kind of ARN that a policy is asked
    about: "*", "userpool", "identitypool", "identity", "dataset", "role", "user", "group",
    "policy", "oidc-provider", "saml-provider", "principal", "key"; empty when no policy is asked.
    `sensitive` lists the dotted paths of input members that must not be logged or quoted.
    """

    service: str
    name: str
    table: Table
    input: type[msgspec.Struct] | None = None
    output: type[msgspec.Struct] | None = None
    input_shape: str = ""
    output_shape: str = ""
    errors: tuple[str, ...] = ()
    signed: bool = True
    optional_signature: bool = False
    sensitive: tuple[str, ...] = ()
    http_method: str = "POST"
    http_uri: str = "/"
    uri_members: tuple[tuple[str, str], ...] = ()
    query_members: tuple[tuple[str, str], ...] = ()
    header_members: tuple[tuple[str, str], ...] = ()
    iam_action: str = ""
    resource: str = ""
    condition_keys: tuple[str, ...] = ()
    category: str = ""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One AWS service as its clients see it."""

    name: str
    protocol: Protocol
    version: str
    target_prefix: str = ""
    xmlns: str = ""
    table: Table
    operations: dict[str, Operation]
    errors: dict[str, type[ServiceError]]

    def status(self, code: str) -> int:
        """Return the HTTP status of an error code, modelled or not."""
        modelled = self.errors.get(code)
        if modelled is not None:
            return modelled.status
        if self.protocol == "json11":
            return _BAD_REQUEST
        if code in FORBIDDEN_CODES:
            return _FORBIDDEN
        return _MISSING_STATUSES.get(code, _BAD_REQUEST)


@cache
def load(name: str) -> Service:
    """Return the service called `name`, importing its generated package if need be."""
    if name not in NAMES:
        raise KeyError(name)
    module = import_module(f"poolkeep.wire.{name.replace('-', '_')}.operations")
    service: Service = module.SERVICE
    return service
