"""Replies of functions that are no replies."""

import pytest

from poolkeep.base.refusal import InvalidLambdaResponse
from poolkeep.core.triggers.service import UNRECOGNIZABLE, decode_reply
from poolkeep.core.triggers.sources import DefineChallengeReply


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"response":{"challengeName":"\xe5b"}}',
        b'{"response":{"challengeName":7}}',
        b"{}",
        b'{"response":[]}',
        b'{"response":{"challengeName":NaN}}',
        b'{"response":{"other":' + b'{"a":' * 101 + b"1" + b"}" * 101 + b"}}",
        b'{"response":{"other":"' + b"x" * (256 * 1024) + b'"}}',
        b'{"response":' + b"[" * 100_000,
        b'{"response":{}}' + b" " * (6 * 1024 * 1024),
    ],
)
def test_what_is_no_reply_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidLambdaResponse, match=UNRECOGNIZABLE):
        decode_reply(raw, DefineChallengeReply)


@pytest.mark.parametrize("raw", [b'{"response":null}', b'{"response":{"other":1}}'])
def test_nothing_is_a_reply_that_says_nothing(raw: bytes) -> None:
    assert decode_reply(raw, DefineChallengeReply) == DefineChallengeReply()
