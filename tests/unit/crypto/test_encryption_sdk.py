"""Messages of the AWS Encryption SDK, read by the official client."""

from collections.abc import Mapping
from typing import Any, Final

import aws_encryption_sdk
import pytest
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import CommitmentPolicy
from aws_encryption_sdk.key_providers.base import MasterKeyProvider, MasterKeyProviderConfig
from aws_encryption_sdk.structures import DataKey as OfficialDataKey
from cryptography.exceptions import InvalidSignature, InvalidTag

from poolkeep.base.entropy import SeededEntropy
from poolkeep.crypto.encryption_sdk import PLAINTEXT_BYTES_MAX, DataKey, encrypt

KEY: Final = b"k" * 32
CONTEXT: Final = {"userpool-id": "us-east-1_aB3dE6gH9"}
NAME: Final = "arn:aws:kms:us-east-1:123456789012:key/one"
BROKEN: Final = (
    AWSEncryptionSDKClientError,
    InvalidTag,
    InvalidSignature,
    ValueError,
    KeyError,
    OverflowError,
)


class Provider(MasterKeyProvider):  # type: ignore[misc]  # the client has no types
    """Knows the one data key of these tests."""

    provider_id = "aws-kms"
    _config_class = MasterKeyProviderConfig

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.named: list[str] = []

    def _new_master_key(self, key_id: str) -> Any:
        raise NotImplementedError

    def master_keys_for_encryption(self, *_args: Any, **_more: Any) -> Any:
        raise NotImplementedError

    def decrypt_data_key(self, sealed: Any, _algorithm: Any, _context: Any) -> OfficialDataKey:
        if sealed.encrypted_data_key != b"sealed":
            raise AWSEncryptionSDKClientError
        self.named.append(sealed.key_provider.key_info.decode())
        return OfficialDataKey(sealed.key_provider, KEY, sealed.encrypted_data_key)


async def message(plaintext: bytes, *, committing: bool, seed: str = "a") -> bytes:
    async def data_key(context: Mapping[str, str]) -> DataKey:
        assert context.items() > CONTEXT.items()
        assert "aws-crypto-public-key" in context
        return DataKey(KEY, b"sealed")

    return await encrypt(
        plaintext,
        context=CONTEXT,
        key_name=NAME,
        data_key=data_key,
        entropy=SeededEntropy(seed),
        committing=committing,
    )


def read(sealed: bytes, *, committing: bool = False) -> tuple[bytes, Any, list[str]]:
    policy = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
    if committing:
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    provider = Provider()
    plaintext, header = client.decrypt(source=sealed, key_provider=provider)
    return plaintext, header, provider.named


@pytest.mark.parametrize("committing", [False, True])
@pytest.mark.parametrize("plaintext", [b"", b"123456", b"x" * PLAINTEXT_BYTES_MAX])
async def test_the_official_client_reads_what_we_write(
    plaintext: bytes, *, committing: bool
) -> None:
    sealed = await message(plaintext, committing=committing)
    assert sealed[:4].hex().startswith("020578" if committing else "01800378")
    told, header, named = read(sealed, committing=committing)
    assert told == plaintext
    assert header.encryption_context.items() > CONTEXT.items()
    assert header.algorithm.algorithm_id == (0x0578 if committing else 0x0378)
    assert named == [NAME]


async def test_a_client_that_insists_on_commitment_refuses_the_older_suite() -> None:
    with pytest.raises(AWSEncryptionSDKClientError):
        read(await message(b"123456", committing=False), committing=True)


@pytest.mark.parametrize("committing", [False, True])
async def test_no_byte_can_be_changed(*, committing: bool) -> None:
    sealed = await message(b"123456", committing=committing)
    for place in range(0, len(sealed), 5):
        broken = sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :]
        with pytest.raises(BROKEN):
            read(broken, committing=committing)


async def test_no_two_messages_are_alike() -> None:
    one, two = [await message(b"1", committing=False, seed=seed) for seed in ("a", "b")]
    assert one[4:20] != two[4:20]


async def test_a_message_has_one_frame() -> None:
    with pytest.raises(ValueError, match="4096"):
        await message(b"x" * (PLAINTEXT_BYTES_MAX + 1), committing=False)
