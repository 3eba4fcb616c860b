"""Texts that callers of KMS read. Source: docs/behaviours/kms.md."""

WRONG_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
DRY_RUN = "The request would have succeeded, but the DryRun option is set."
NO_ENCLAVES = "Recipient is not supported: there are no enclaves here."
ONE_SIZE = "Please specify either number of bytes or key spec."
ALGORITHM = "Algorithm is not valid for this key: it encrypts with SYMMETRIC_DEFAULT."

ONLY_SYMMETRIC = "Only symmetric encryption keys can be made here."


def no_key(name: str) -> str:
    """Say that there is no such key."""
    return f"Key '{name}' does not exist"


def denied(who: str, action: str, arn: str) -> str:
    """Say that a principal may not use a key so."""
    return (
        f"User: {who} is not authorized to perform: kms:{action} on resource: {arn} because no "
        f"resource-based policy allows the kms:{action} action"
    )
