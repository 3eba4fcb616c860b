"""What callers read about a pool's directory. Source: docs/behaviours of each part."""

from typing import Final

# -- resource servers
TOO_MANY_SERVERS: Final = "The user pool has reached its limit of resource servers."
RESERVED_SERVER: Final = "Identifiers that begin with aws.cognito are reserved."
NUL: Final = "The text cannot contain the NUL character."


def server_exists(identifier: str, pool_id: str) -> str:
    """Return the text for an identifier that is taken."""
    return f"{identifier} already exists in user pool {pool_id}."


def no_server(identifier: str) -> str:
    """Return the text for a resource server that is not there."""
    return f"Resource server {identifier} does not exist."


def scope_twice(name: str) -> str:
    """Return the text for a scope that a server lists twice."""
    return f"The scope {name} is listed more than once."
