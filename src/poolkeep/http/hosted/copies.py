"""What the domain of a pool offers where the pool is a copy of another region's.

An address offers there what the API's operation of the same effect does.
Source: docs/behaviours/replicas.md, REPLICA-19.
"""

from typing import Final

from poolkeep.core.pools.model import UserPool
from poolkeep.core.replicas import check_operation
from poolkeep.http.hosted import registry

SIGN_IN: Final = "InitiateAuth"
AMOUNTS_TO: Final[dict[str, str]] = {
    "/confirm": "ConfirmSignUp",
    "/confirmforgotpassword": "ConfirmForgotPassword",
    "/confirmuser": "ConfirmSignUp",
    "/device": "ConfirmDevice",
    "/forgotpassword": "ForgotPassword",
    "/oauth2/register": "CreateUserPoolClient",
    "/oauth2/revoke": "RevokeToken",
    "/oauth2/userinfo": "GetUser",
    "/passkeys/add": "StartWebAuthnRegistration",
    "/resendcode": "ResendConfirmationCode",
    "/signup": "SignUp",
}
"""Addresses by their registered spelling; those that are not named sign in."""
READABLE: Final = frozenset({
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/assets/*",
    "/error",
})  # fmt: skip
"""What every copy tells, active or not: these are facts of the pool."""


def check(pool: UserPool, path: str) -> None:
    """Refuse an address that a copy does not offer; an original offers all.

    Raises OperationNotEnabled.
    """
    registered = registry.name(path)
    if registered is not None and registered not in READABLE:
        check_operation(pool, AMOUNTS_TO.get(registered, SIGN_IN))
