"""Messages in the user's language: docs/behaviours/message-languages.md."""

import json
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds
from tests.support.visitor import Visitor

TAG: Final = "poolkeep:message-languages"


@pytest.fixture(scope="module")
def speaking(wire: Wire) -> App:
    pool_id = a_pool(wire, AutoVerifiedAttributes=["email"], UserPoolTags={TAG: "all"})
    return an_app(wire, pool_id)


def message_to(app: App, server_url: str, **values: str) -> Json:
    address = an_email()
    app.sign_up(address.replace("@", "-"), PASSWORD, email=address, **values)
    seen = Visitor().ask(f"{server_url}/_poolkeep/inbox.json?to={address}&wait=30")
    return json.loads(seen.text)["messages"][0]


@holds("MSGLANG-01", "MSGLANG-03", "MSGLANG-05")
def test_a_user_gets_a_code_in_the_own_language_and_time(
    speaking: App, server_url: str, wire: Wire
) -> None:
    message = message_to(speaking, server_url, locale="fr_CA", zoneinfo="Asia/Tokyo")
    assert message["subject"] == "Votre code de vérification"
    assert message["code"] in message["body"]
    assert "Asia/Tokyo)" in message["body"]
    silent = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))
    message = message_to(silent, server_url, locale="fr")
    assert message["body"] == f"Your verification code is {message['code']}. "


@holds("MSGLANG-07")
def test_an_operator_sees_messages_first(speaking: App, server_url: str) -> None:
    address = f"{server_url}/_poolkeep/messages"
    ours = json.loads(Visitor().ask(f"{address}.json?lang=ja").text)["messages"]
    assert {one["language"] for one in ours} == {"ja"}
    assert {one["medium"] for one in ours} == {"EMAIL", "SMS"}
    page = Visitor().ask(f"{address}?lang=ko&pool={speaking.pool_id}")
    assert page.status == 200
    assert "인증 코드" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.text.count("<iframe sandbox ") == 8
    assert Visitor().ask(f"{address}?lang=xx").status == 400
    assert Visitor().ask(f"{address}?pool=us-east-1_Nobody12").status == 404
