"""Who may use a key, and what is bound to a ciphertext. Pure."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.core.kms import wording
from poolkeep.core.kms.model import KmsCaller, KmsKey
from poolkeep.core.kms.refusals import KeyAccessDenied, KeyNotFound
from poolkeep.core.pools.loaded import LoadedPool

FUNCTIONS: Final = "role/functions"
"""The principal whose credentials our functions have."""

POOL: Final = "userpool-id"
"""The pair of the encryption context that says whose message it is."""

_ARN: Final = re.compile(
    r"arn:aws:kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):key/(?P<id>[0-9A-Za-z-]{1,64})"
)
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def key_id_of(name: str, *, region: str) -> str:
    """Return the id that a KeyId names, an ARN or an id; refuses NotFound."""
    found = _ARN.fullmatch(name)
    if found is not None and found["region"] == region:
        return found["id"]
    if _ID.fullmatch(name):
        return name
    raise KeyNotFound(wording.no_key(name))


def is_named(key: KmsKey, name: str) -> bool:
    """Tell whether a KeyId names this key."""
    return name in {key.id, key.arn}


def bound_to(context: Mapping[str, str]) -> bytes:
    """Return an encryption context as it is authenticated: order means nothing in it."""
    return b"kms/" + _encoder.encode(dict(context))


def grants(key: KmsKey, pool: LoadedPool | None) -> bool:
    """Tell whether a pool that names the key for its senders lets functions decrypt with it."""
    if pool is None or pool.pool.account != key.account:
        return False
    config = pool.pool.settings.lambda_config
    sends = config is not None and (config.custom_email_sender or config.custom_sms_sender)
    return bool(sends) and config is not None and config.kms_key_id == key.arn


def check_may_create(caller: KmsCaller) -> None:
    """Refuse functions: nobody grants them that. Of anybody else IAM has decided before."""
    if caller.principal == FUNCTIONS:
        raise KeyAccessDenied(wording.denied(_who(caller), "CreateKey", "*"))


def check_may(caller: KmsCaller, key: KmsKey, action: str, *, granted: bool) -> None:
    """Refuse who may not: other accounts, and functions what no pool grants.

    What others of the key's account may do, IAM has decided before.
    """
    if caller.account == key.account:
        if caller.principal != FUNCTIONS:
            return
        if granted and action in {"Decrypt", "DescribeKey"}:
            return
    raise KeyAccessDenied(wording.denied(_who(caller), action, key.arn))


def _who(caller: KmsCaller) -> str:
    return f"arn:aws:iam::{caller.account}:{caller.principal}"
