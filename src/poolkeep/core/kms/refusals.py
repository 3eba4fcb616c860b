"""Refusals of KMS, under its own codes."""

from poolkeep.base.refusal import Refusal


class KeyNotFound(Refusal):
    """There is no such key."""

    code = "NotFoundException"


class KeyAccessDenied(Refusal):
    """The caller may not use the key so."""

    code = "AccessDeniedException"


class InvalidCiphertext(Refusal):
    """The ciphertext is none of ours, was changed, or is bound to another context."""

    code = "InvalidCiphertextException"


class IncorrectKey(Refusal):
    """The ciphertext is under another key than the one named."""

    code = "IncorrectKeyException"


class InvalidKeyUsage(Refusal):
    """The key does not do that."""

    code = "InvalidKeyUsageException"


class DryRun(Refusal):
    """What was asked for would have been done."""

    code = "DryRunOperationException"


class KeyKindUnsupported(Refusal):
    """There are no keys of that kind here."""

    code = "UnsupportedOperationException"


class InvalidRequest(Refusal):
    """The members of the request do not go together."""

    code = "ValidationException"
