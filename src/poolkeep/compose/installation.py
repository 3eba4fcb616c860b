"""What an installation has once, whatever its regions: IAM, the token service, identity pools."""

from typing import Any

import msgspec


class Installation(msgspec.Struct, kw_only=True):
    """The services that are not of one region.

    `identities` holds the identity pools' services by the name of their region.
    """

    iam: Any = None
    sts: Any = None
    identities: dict[str, Any] = {}
