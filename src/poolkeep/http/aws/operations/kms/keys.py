"""CreateKey, DescribeKey, Encrypt, Decrypt and GenerateDataKey."""

from poolkeep.core.kms import KmsCaller, KmsKey, wording
from poolkeep.core.kms.refusals import (
    DryRun,
    InvalidKeyUsage,
    InvalidRequest,
    KeyKindUnsupported,
)
from poolkeep.http.aws.pipeline import plain
from poolkeep.http.aws.registry import Call, operation
from poolkeep.wire.kms import shapes

SYMMETRIC = "SYMMETRIC_DEFAULT"
SPEC_BYTES = {"AES_256": 32, "AES_128": 16}
USAGE = "ENCRYPT_DECRYPT"
ORIGIN = "AWS_KMS"
MS_PER_S = 1_000


@operation("kms", "Encrypt")
async def encrypt(call: Call, request: shapes.EncryptRequest) -> shapes.EncryptResponse:
    """Return a ciphertext that only this server can open."""
    _check(request.encryption_algorithm, recipient=None)
    key, sealed = await call.region.kms.encrypt(
        _caller(call), request.key_id, request.plaintext, context=plain(request.encryption_context)
    )
    _check_dry(request.dry_run)
    return shapes.EncryptResponse(
        ciphertext_blob=sealed, key_id=key.arn, encryption_algorithm=SYMMETRIC
    )


@operation("kms", "Decrypt")
async def decrypt(call: Call, request: shapes.DecryptRequest) -> shapes.DecryptResponse:
    """Return what a ciphertext of ours holds."""
    _check(request.encryption_algorithm, recipient=request.recipient)
    key, plaintext = await call.region.kms.decrypt(
        _caller(call),
        request.ciphertext_blob or b"",
        context=plain(request.encryption_context),
        name=request.key_id,
    )
    _check_dry(request.dry_run)
    return shapes.DecryptResponse(
        key_id=key.arn, plaintext=plaintext, encryption_algorithm=SYMMETRIC
    )


@operation("kms", "GenerateDataKey")
async def generate_data_key(
    call: Call, request: shapes.GenerateDataKeyRequest
) -> shapes.GenerateDataKeyResponse:
    """Return a fresh key, in the clear and encrypted."""
    _check(None, recipient=request.recipient)
    if (request.number_of_bytes is None) == (request.key_spec is None):
        raise InvalidRequest(wording.ONE_SIZE)
    size = request.number_of_bytes or SPEC_BYTES[request.key_spec or "AES_256"]
    key, made = await call.region.kms.generate(
        _caller(call), request.key_id, size, context=plain(request.encryption_context)
    )
    _check_dry(request.dry_run)
    return shapes.GenerateDataKeyResponse(
        ciphertext_blob=made.encrypted, plaintext=made.plaintext, key_id=key.arn
    )


@operation("kms", "CreateKey")
async def create_key(call: Call, request: shapes.CreateKeyRequest) -> shapes.CreateKeyResponse:
    """Make a symmetric key."""
    spec = request.key_spec or request.customer_master_key_spec or SYMMETRIC
    asked = (spec, request.key_usage or USAGE, request.origin or ORIGIN, bool(request.multi_region))
    if asked != (SYMMETRIC, USAGE, ORIGIN, False):
        raise KeyKindUnsupported(wording.ONLY_SYMMETRIC)
    key = await call.region.kms.create_by_api(_caller(call), call.actor, request.description or "")
    return shapes.CreateKeyResponse(key_metadata=_metadata(key))


@operation("kms", "DescribeKey")
async def describe_key(
    call: Call, request: shapes.DescribeKeyRequest
) -> shapes.DescribeKeyResponse:
    """Return what may be known of a key."""
    key = await call.region.kms.describe(_caller(call), request.key_id)
    return shapes.DescribeKeyResponse(key_metadata=_metadata(key))


def _metadata(key: KmsKey) -> shapes.KeyMetadata:
    return shapes.KeyMetadata(
        aws_account_id=key.account,
        key_id=key.id,
        arn=key.arn,
        creation_date=key.created_ms / MS_PER_S,
        enabled=True,
        description=key.description,
        key_usage=USAGE,
        key_state="Enabled",
        origin=ORIGIN,
        key_manager="CUSTOMER",
        customer_master_key_spec=SYMMETRIC,
        key_spec=SYMMETRIC,
        encryption_algorithms=[SYMMETRIC],
        multi_region=False,
    )


def _caller(call: Call) -> KmsCaller:
    return KmsCaller(account=call.account, principal=call.principal)


def _check(algorithm: str | None, *, recipient: shapes.RecipientInfo | None) -> None:
    if algorithm not in {None, SYMMETRIC}:
        raise InvalidKeyUsage(wording.ALGORITHM)
    if recipient is not None:
        raise InvalidRequest(wording.NO_ENCLAVES)


def _check_dry(dry_run: bool | None) -> None:  # noqa: FBT001  as the request has it
    if dry_run:
        raise DryRun(wording.DRY_RUN)
