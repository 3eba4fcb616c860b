"""What functions are told of callers, and what inbound federation may choose."""

import msgspec
import pytest

from poolkeep.base.refusal import InvalidLambdaResponse
from poolkeep.core.triggers.calling import UNKNOWN_SDK, note_caller, sdk_version
from poolkeep.core.triggers.inbound import attributes_to_map
from poolkeep.core.triggers.service import Subject, decode_reply, event_of
from poolkeep.core.triggers.sources import (
    INBOUND_FEDERATION,
    FederatedAnswers,
    InboundFederationReply,
    InboundFederationRequest,
)
from poolkeep.core.triggers.telling import metadata
from tests.sdk.support import holds
from tests.unit.core.users.people import a_pool


@holds("TRIGGER-03")
@pytest.mark.parametrize(
    "user_agent, told",
    [
        ("aws-sdk-js/3.1169.0 ua/2.1 os/linux lang/js", "aws-sdk-js-3.1169.0"),
        ("aws-sdk-nodejs/2.20.0 linux/v20", "aws-sdk-nodejs-2.20.0"),
        ("aws-sdk-java/2.20.1 Linux/5.4", "aws-sdk-java-2.20.1"),
        ("Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux", UNKNOWN_SDK),
        ("aws-cli/2.1 my-aws-sdk-js/1.0", UNKNOWN_SDK),
        ("aws-sdk-js/", UNKNOWN_SDK),
        ("aws-sdk-js/1" + "0" * 10_000, "aws-sdk-js-1" + "0" * 31),
        ("", UNKNOWN_SDK),
    ],
)
def test_the_sdk_is_told_where_its_user_agent_names_it(user_agent: str, told: str) -> None:
    note_caller(user_agent)
    assert sdk_version() == told
    note_caller("")


@holds("TRIGGER-04")
def test_metadata_that_nobody_sent_is_left_out() -> None:
    assert metadata(None) is msgspec.UNSET
    assert metadata({}) is msgspec.UNSET
    assert metadata({"a": "b"}) == {"a": "b"}


@holds("TRIGGER-30")
def test_inbound_federation_is_told_what_the_provider_said() -> None:
    event = event_of(
        a_pool(),
        INBOUND_FEDERATION,
        source="ExternalProvider",
        subject=Subject(username="", client_id="client"),
        request=InboundFederationRequest(
            provider_name="Acme",
            provider_type="OIDC",
            attributes=FederatedAnswers(id_token={"sub": "1"}, user_info={"email": "a@b"}),
        ),
        response=InboundFederationReply(),
    )
    told = msgspec.to_builtins(event)
    assert told["triggerSource"] == "InboundFederation_ExternalProvider"
    assert told["request"] == {
        "providerName": "Acme",
        "providerType": "OIDC",
        "attributes": {"idToken": {"sub": "1"}, "userInfo": {"email": "a@b"}},
    }
    assert told["response"] == {"userAttributesToMap": None}


@holds("TRIGGER-30")
@pytest.mark.parametrize(
    "raw, kept",
    [
        (b'{"response":{"userAttributesToMap":{"email":"c@d"}}}', {"email": "c@d"}),
        (b'{"response":{"userAttributesToMap":{}}}', {"email": "a@b", "name": "Ann"}),
        (b'{"response":{"userAttributesToMap":null}}', {"email": "a@b", "name": "Ann"}),
        (b'{"response":{}}', {"email": "a@b", "name": "Ann"}),
    ],
)
def test_inbound_federation_keeps_what_the_function_lists(raw: bytes, kept: dict[str, str]) -> None:
    reply = decode_reply(raw, InboundFederationReply)
    assert attributes_to_map({"email": "a@b", "name": "Ann"}, reply) == kept


@holds("TRIGGER-30")
@pytest.mark.parametrize("value", [b"[]", b"7", b'{"email":7}', b'{"email":null}'])
def test_inbound_federation_of_the_wrong_shape_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidLambdaResponse):
        decode_reply(b'{"response":{"userAttributesToMap":' + value + b"}}", InboundFederationReply)
