"""Messages that functions deliver: docs/behaviours/custom-senders.md."""

import dataclasses
import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import aws_encryption_sdk.exceptions
import pytest

from poolkeep.core.triggers import FunctionUnavailable
from tests.behaviours.factors import MAIL, SMS, answer, prefer, set_mfa
from tests.flows.functions import Stage
from tests.flows.golden import check_golden
from tests.flows.in_process import listening
from tests.flows.scripted import ScriptedTriggers
from tests.flows.senders import Sender, a_key, a_sender, kms, opened
from tests.flows.trigger_stage import ARN
from tests.sdk.builders import a_pool, result_of
from tests.sdk.support import (
    PASSWORD,
    Wire,
    a_phone,
    an_email,
    attributes,
    holds,
    refused,
    unique,
)

SPECIAL: Final = "Aa1<&\"'>-Horse"
METADATA: Final = {"campaign": "spring"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application on a port of this process, and its functions."""
    triggers = ScriptedTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with listening(folder, triggers) as wire:
        yield Stage(wire, triggers)


def sign_up(one: Sender) -> str:
    """A sign-up, confirmed by the code that the function got."""
    name, email = unique(), an_email()
    one.app.call(
        "SignUp",
        name,
        Password=PASSWORD,
        UserAttributes=attributes({"email": email}),
        ClientMetadata=METADATA,
    )
    code = one.code()
    one.app.call("ConfirmSignUp", name, ConfirmationCode=code)
    return email


def resent(one: Sender) -> str:
    """A code that is sent again."""
    name, email = unique(), an_email()
    one.app.sign_up(name, email=email)
    one.recorder.next()
    one.recorder.events.clear()
    one.app.call("ResendConfirmationCode", name)
    one.app.call("ConfirmSignUp", name, ConfirmationCode=one.code())
    return email


def invited(one: Sender) -> str:
    """A temporary password, by e-mail and SMS."""
    name, email = unique(), an_email()
    made = attributes({"email": email, "phone_number": a_phone()})
    one.app.admin(
        "AdminCreateUser",
        name,
        TemporaryPassword=SPECIAL,
        UserAttributes=made,
        DesiredDeliveryMediums=["EMAIL"],
    )
    password = one.code()
    assert password == html.escape(SPECIAL)
    assert one.app.password_step(name, html.unescape(password))["ChallengeName"]
    return email


def invited_by_sms(one: Sender) -> str:
    """A temporary password by SMS, which is where invitations go unless told otherwise."""
    phone = a_phone()
    one.app.admin(
        "AdminCreateUser",
        unique(),
        TemporaryPassword=SPECIAL,
        UserAttributes=attributes({"phone_number": phone}),
    )
    assert one.code() == html.escape(SPECIAL)
    return phone


def forgotten(one: Sender) -> str:
    """A forgotten password."""
    email = an_email()
    name = one.app.user("", email=email, email_verified="true")
    one.app.call("ForgotPassword", name)
    given = {"ConfirmationCode": one.code(), "Password": "Another-Horse-7"}
    one.app.call("ConfirmForgotPassword", name, **given)
    return email


def moved(one: Sender) -> str:
    """A new address that an administrator noted."""
    email = an_email()
    one.app.admin(
        "AdminUpdateUserAttributes",
        one.app.user(),
        UserAttributes=attributes({"email": email}),
        ClientMetadata=METADATA,
    )
    one.code()
    return email


def asked_for(one: Sender) -> str:
    """A code for an address."""
    email = an_email()
    token = one.app.sign_in(one.app.user("", email=email))["AccessToken"]
    named = {"AccessToken": token, "AttributeName": "email"}
    one.app.wire.call("GetUserAttributeVerificationCode", **named)
    one.app.wire.call("VerifyUserAttribute", **named, Code=one.code())
    return email


def second_factor(one: Sender, factor: str) -> str:
    """A code at a sign-in."""
    sender = {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    }
    described = one.app.wire.call("DescribeUserPool", UserPoolId=one.app.pool_id)["UserPool"]
    kept = {name: described[name] for name in ("LambdaConfig", "SmsConfiguration")}
    one.app.wire.call(
        "UpdateUserPool", UserPoolId=one.app.pool_id, EmailConfiguration=sender, **kept
    )
    set_mfa(one.app, "OPTIONAL", factor)
    email, phone = an_email(), a_phone()
    name = one.app.user("", email=email, phone_number=phone)
    prefer(one.app, name, factor)
    asked = one.app.password_step(name)
    result_of(answer(one.app, asked, name, one.code()))
    return email if factor == MAIL else phone


def sms_factor(one: Sender) -> str:
    """A code at a sign-in, by SMS."""
    return second_factor(one, SMS)


def mail_factor(one: Sender) -> str:
    """A code at a sign-in, by e-mail."""
    return second_factor(one, MAIL)


@dataclasses.dataclass(frozen=True)
class Message:
    """What makes a message go out, and the source of its event."""

    act: Callable[[Sender], str]
    source: str


MESSAGES: Final = (
    Message(sign_up, "CustomEmailSender_SignUp"),
    Message(resent, "CustomEmailSender_ResendCode"),
    Message(invited, "CustomEmailSender_AdminCreateUser"),
    Message(invited_by_sms, "CustomSMSSender_AdminCreateUser"),
    Message(forgotten, "CustomEmailSender_ForgotPassword"),
    Message(moved, "CustomEmailSender_UpdateUserAttribute"),
    Message(asked_for, "CustomEmailSender_VerifyUserAttribute"),
    Message(sms_factor, "CustomSMSSender_Authentication"),
    Message(mail_factor, "CustomEmailSender_Authentication"),
)


@holds("SENDER-01", "SENDER-02", "SENDER-03", "SENDER-04")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.act.__name__)
def test_a_function_delivers_in_place_of_the_pool(stage: Stage, message: Message) -> None:
    one = a_sender(stage, CustomMessage=stage.function(RuntimeError("not asked")).arn)
    to = message.act(one)
    assert one.recorder.sources == [message.source]
    assert stage.wire.messages(to) == [], "the pool itself sends nothing"
    (event,) = one.recorder.events
    code = event["request"]["code"]
    assert code.startswith("AYADe"), "format 1, suite 0x0378"
    event["request"]["code"] = "<code>"
    check_golden(f"sender_{message.act.__name__}", [event])


@holds("SENDER-01")
def test_the_other_medium_is_the_pools_own(stage: Stage) -> None:
    one = a_sender(stage, only="CustomSMSSender")
    email = an_email()
    one.app.sign_up(unique(), email=email)
    assert stage.wire.code(email)
    assert one.recorder.events == []


@holds("SENDER-05")
def test_a_function_that_fails_is_tried_three_times_and_fails_no_call(stage: Stage) -> None:
    one = a_sender(stage)
    one.recorder.fails = [RuntimeError("no ink"), FunctionUnavailable("no road")]
    name = unique()
    assert one.app.sign_up(name, email=an_email())["CodeDeliveryDetails"]
    first = one.recorder.next()
    assert one.recorder.next() == first | {"request": one.recorder.events[-1]["request"]}
    one.app.call("ConfirmSignUp", name, ConfirmationCode=one.code())
    assert len(one.recorder.events) == 3


@holds("SENDER-05")
@pytest.mark.parametrize("says", [b"", b"nonsense", b'{"response":7}'])
def test_what_a_sender_answers_is_of_no_interest(stage: Stage, says: bytes) -> None:
    one = a_sender(stage)
    one.recorder.answer = says
    name = unique()
    one.app.sign_up(name, email=an_email())
    one.app.call("ConfirmSignUp", name, ConfirmationCode=one.code())
    assert one.recorder.is_quiet()


@holds("SENDER-06")
def test_senders_need_a_key(stage: Stage) -> None:
    named = {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}-none"}
    for medium in ("CustomEmailSender", "CustomSMSSender"):
        with refused("InvalidParameterException"):
            a_pool(stage.wire, LambdaConfig={medium: named})


@holds("SENDER-07")
def test_a_key_that_is_not_there_delays_the_code_and_fails_no_call(stage: Stage) -> None:
    gone = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789abc"
    one = a_sender(stage, key=gone)
    assert one.app.sign_up(unique(), email=an_email())["CodeDeliveryDetails"]
    assert one.recorder.is_quiet()


@holds("SENDER-08")
def test_a_migrated_user_is_welcomed_without_a_code(stage: Stage) -> None:
    brought = {"phone_number": a_phone(), "email": an_email(), "email_verified": "true"}
    migration = stage.function({"userAttributes": brought, "finalUserStatus": "CONFIRMED"})
    one = a_sender(stage, UserMigration=migration.arn)
    assert one.app.sign_in(unique())["AccessToken"]
    event = one.recorder.next()
    assert event["triggerSource"] == "CustomSMSSender_AdminCreateUser"
    assert event["request"]["code"] is None


# -- the keys


@holds("KMS-01", "KMS-03")
def test_a_code_is_bound_to_its_pool_and_its_key(stage: Stage) -> None:
    one, other = a_sender(stage), a_sender(stage)
    one.app.sign_up(unique(), email=an_email())
    event = one.recorder.next()
    assert opened(event, stage.wire, one.key).isdigit()
    with pytest.raises(aws_encryption_sdk.exceptions.DecryptKeyError):
        opened(event, stage.wire, other.key)
    stranger = Wire(stage.wire.base_url)
    with pytest.raises(aws_encryption_sdk.exceptions.DecryptKeyError):
        opened(event, stranger, one.key)


@holds("KMS-02", "KMS-03")
def test_what_a_key_encrypts_it_decrypts_in_the_same_context(stage: Stage) -> None:
    wire = stage.wire
    key, other = a_key(wire), a_key(wire)
    context = {"b": "2", "a": "1"}
    sealed = kms(wire, "Encrypt", KeyId=key, Plaintext="Y29kZQ==", EncryptionContext=context)
    blob = sealed["CiphertextBlob"]
    assert sealed["KeyId"] == key
    turned = {"a": "1", "b": "2"}
    told = kms(wire, "Decrypt", CiphertextBlob=blob, EncryptionContext=turned)
    assert (told["Plaintext"], told["KeyId"]) == ("Y29kZQ==", key)
    for wrong in ({}, {"a": "1"}, {"a": "1", "b": "3"}):
        with refused("InvalidCiphertextException"):
            kms(wire, "Decrypt", CiphertextBlob=blob, EncryptionContext=wrong)
    with refused("IncorrectKeyException"):
        kms(wire, "Decrypt", CiphertextBlob=blob, EncryptionContext=context, KeyId=other)
    for broken in (blob[:-8] + "AAAAAAA=", "AAAA", "Y29kZQ=="):
        with refused("InvalidCiphertextException"):
            kms(wire, "Decrypt", CiphertextBlob=broken, EncryptionContext=context)
    with refused("AccessDeniedException"):
        kms(Wire(wire.base_url), "Decrypt", CiphertextBlob=blob, EncryptionContext=context)


@holds("KMS-02")
def test_data_keys_are_fresh_and_can_be_opened_again(stage: Stage) -> None:
    wire, key = stage.wire, a_key(stage.wire)
    one, two = (kms(wire, "GenerateDataKey", KeyId=key, KeySpec="AES_256") for _ in range(2))
    assert one["Plaintext"] != two["Plaintext"]
    told = kms(wire, "Decrypt", CiphertextBlob=one["CiphertextBlob"])
    assert told["Plaintext"] == one["Plaintext"]
    short = kms(wire, "GenerateDataKey", KeyId=key, NumberOfBytes=3)
    assert len(short["Plaintext"]) == 4
    with refused("ValidationException"):
        kms(wire, "GenerateDataKey", KeyId=key)
    with refused("DryRunOperationException"):
        kms(wire, "GenerateDataKey", KeyId=key, KeySpec="AES_128", DryRun=True)


@holds("KMS-04")
def test_keys_are_symmetric_and_described(stage: Stage) -> None:
    wire = stage.wire
    key = a_key(wire)
    told = kms(wire, "DescribeKey", KeyId=key.rpartition("/")[2])["KeyMetadata"]
    assert (told["Arn"], told["AWSAccountId"]) == (key, wire.account)
    assert (told["KeyState"], told["KeySpec"]) == ("Enabled", "SYMMETRIC_DEFAULT")
    with refused("UnsupportedOperationException"):
        kms(wire, "CreateKey", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    for unknown in ("alias/codes", "1234abcd", key[:-1], "arn:aws:kms:eu-west-1:1:key/x"):
        with refused("NotFoundException", f"Key '{unknown}' does not exist"):
            kms(wire, "DescribeKey", KeyId=unknown)
    with refused("AccessDeniedException"):
        kms(Wire(wire.base_url), "DescribeKey", KeyId=key)


@holds("SENDER-03")
def test_codes_commit_to_their_key_where_the_settings_say_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    triggers = ScriptedTriggers()
    with listening(tmp_path_factory.mktemp("committing"), triggers, committing_codes=True) as wire:
        one = a_sender(Stage(wire, triggers))
        one.app.sign_up(unique(), email=an_email())
        event = one.recorder.next()
        assert event["request"]["code"].startswith("AgV4")
        assert opened(event, wire, one.key, committed=True).isdigit()


@holds("KMS-01")
def test_an_account_that_is_emptied_has_no_keys(stage: Stage) -> None:
    wire = Wire(stage.wire.base_url)
    key = a_key(wire)
    body = json.dumps({"account": wire.account}).encode()
    assert wire.exchange("POST", "/_poolkeep/reset", body).status == 200
    with refused("NotFoundException"):
        kms(wire, "DescribeKey", KeyId=key)
