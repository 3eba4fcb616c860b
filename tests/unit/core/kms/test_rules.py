"""Who may use a key: docs/behaviours/kms.md."""

import re
from typing import Final

import msgspec
import pytest

from poolkeep.core.kms import KmsCaller, KmsKey
from poolkeep.core.kms.refusals import KeyAccessDenied, KeyNotFound
from poolkeep.core.kms.rules import bound_to, check_may, check_may_create, grants, key_id_of
from poolkeep.core.pools.model import LambdaConfig, VersionedLambda
from tests.sdk.support import holds
from tests.unit.core.users.people import a_pool

ACCOUNT: Final = "123456789012"
ACTIONS: Final = ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey")
KEY: Final = KmsKey(
    id="1234-abcd", account=ACCOUNT, region="eu-west-1", description="", created_ms=1
)
SENDER: Final = VersionedLambda(
    lambda_version="V1_0", lambda_arn="arn:aws:lambda:eu-west-1:123456789012:function:sender"
)


def may(caller: KmsCaller, action: str, *, granted: bool) -> bool:
    try:
        check_may(caller, KEY, action, granted=granted)
    except KeyAccessDenied:
        return False
    return True


def test_a_refusal_names_who_what_and_which() -> None:
    text = (
        f"User: arn:aws:iam::{ACCOUNT}:role/functions is not authorized to perform: kms:Encrypt on "
        f"resource: {KEY.arn} because no resource-based policy allows the kms:Encrypt action"
    )
    caller = KmsCaller(account=ACCOUNT, principal="role/functions")
    with pytest.raises(KeyAccessDenied, match=re.escape(text)):
        check_may(caller, KEY, "Encrypt", granted=True)


@holds("KMS-03")
@pytest.mark.parametrize("granted", [True, False])
def test_the_account_may_do_everything_and_functions_what_is_granted(*, granted: bool) -> None:
    def allowed(account: str, principal: str) -> list[str]:
        caller = KmsCaller(account=account, principal=principal)
        return [action for action in ACTIONS if may(caller, action, granted=granted)]

    assert allowed(ACCOUNT, "root") == list(ACTIONS)
    assert allowed(ACCOUNT, "role/functions") == (["Decrypt", "DescribeKey"] if granted else [])
    assert allowed(ACCOUNT, "user/ann") == list(ACTIONS), "IAM has decided before"
    assert allowed("210987654321", "root") == []
    assert allowed("210987654321", "role/functions") == []


@holds("KMS-03")
def test_a_pool_grants_the_key_that_it_names_for_a_sender() -> None:
    account = a_pool().pool.account

    def granted(config: LambdaConfig | None, key: KmsKey) -> bool:
        return grants(key, a_pool(lambda_config=config))

    key = msgspec.structs.replace(KEY, account=account)
    named = LambdaConfig(custom_email_sender=SENDER, kms_key_id=key.arn)
    assert granted(named, key)
    assert granted(LambdaConfig(custom_sms_sender=SENDER, kms_key_id=key.arn), key)
    assert not granted(LambdaConfig(kms_key_id=key.arn), key), "no sender, no grant"
    assert not granted(msgspec.structs.replace(named, kms_key_id=f"{key.arn}x"), key)
    assert not granted(named, msgspec.structs.replace(key, account="210987654321"))
    assert not granted(None, key)
    assert not grants(key, None)


@holds("KMS-06")
def test_only_the_account_makes_keys() -> None:
    check_may_create(KmsCaller(account=ACCOUNT, principal="root"))
    with pytest.raises(KeyAccessDenied):
        check_may_create(KmsCaller(account=ACCOUNT, principal="role/functions"))


def test_an_arn_or_an_id_names_a_key() -> None:
    assert key_id_of(KEY.arn, region="eu-west-1") == KEY.id
    assert key_id_of(KEY.id, region="eu-west-1") == KEY.id
    for name in ("", "alias/x", "arn:aws:kms:eu-west-1:1:key/x", KEY.arn + "/x", "x" * 65, "a\0b"):
        with pytest.raises(KeyNotFound):
            key_id_of(name, region="eu-west-1")
    with pytest.raises(KeyNotFound):
        key_id_of(KEY.arn, region="us-east-1")


def test_the_order_of_a_context_means_nothing() -> None:
    assert bound_to({"a": "1", "b": "2"}) == bound_to({"b": "2", "a": "1"})
    assert bound_to({"a": "1", "b": "2"}) != bound_to({"a": "1,b:2"})
