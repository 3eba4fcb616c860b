"""Our own texts, in the user's language and with the user's time."""

import re
import tomllib
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.adapters.mail.smtp import compose
from poolkeep.core.messages import languages
from poolkeep.core.messages.languages import (
    LANGUAGES,
    TAG,
    composed,
    known,
    language_of,
    moment,
    spoken,
    spoken_by,
)
from poolkeep.core.messages.model import EMAIL, SMS, Message
from poolkeep.core.messages.samples import in_language, of_pool
from poolkeep.core.messages.service import Messenger, open_message
from poolkeep.core.messages.templates import VERIFICATION
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import UserPool, VerificationMessageTemplate
from tests.sdk.support import holds
from tests.unit.core.messages.world import FUNCTION, World, with_functions
from tests.unit.core.users.people import a_pool, a_user

TEXTS: dict[str, dict[str, str]] = tomllib.loads(
    Path(languages.__file__).with_name("texts.toml").read_text(encoding="utf-8")
)
HOUR_MS = 3_600_000
ZONES = {"locale": "de-AT", "zoneinfo": "Asia/Tokyo"}


def speaking(value: str | None, **tags: str) -> UserPool:
    all_tags = {**({} if value is None else {TAG: value}), **tags}
    return a_pool(user_pool_tags=all_tags).pool


async def render(
    world: World, pool: LoadedPool, attributes: dict[str, str], **members: Any
) -> Message:
    messenger = Messenger(
        consultant=world.messenger._consultant,
        outbox=world.outbox,
        clock=world.clock,
        entropy=world.entropy,
        base_url="http://localhost:9229",
        life_ms=lambda _pool, source: None if source == "Authentication" else HOUR_MS,
    )
    wanted: dict[str, Any] = {"source": "SignUp", "medium": EMAIL, "code": "012345", **members}
    user = a_user("<b>mary", attributes={"email": "mary@example.com", **attributes})
    sealed = await messenger.render(
        pool, user=user, client_id="client1", destination="mary@example.com", **wanted
    )
    return open_message(pool, sealed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_and_placeholder(language: str) -> None:
    ours, english = TEXTS[language], TEXTS["en"]
    assert ours.keys() - {"invitation_expires"} == english.keys()
    for key, sentence in english.items():
        marks = re.findall(r"\{[^}]+\}", sentence)
        assert sorted(re.findall(r"\{[^}]+\}", ours[key])) == sorted(marks)
        assert ours[key].strip() == ours[key]


@holds("MSGLANG-01")
async def test_without_the_tag_messages_are_cognitos(world: World) -> None:
    for tags in (None, "off", "", "klingon"):
        pool = a_pool(user_pool_tags={} if tags is None else {TAG: tags})
        message = await render(world, pool, {"locale": "fr"})
        assert message.body == VERIFICATION.body.replace("{####}", "012345")
        assert message.text == ""
    strict = {"poolkeep:profile": "strict"}
    assert spoken_by(speaking(None, **strict))[0] == "en"
    assert set(spoken_by(speaking(None, **strict))) == set(LANGUAGES)
    assert spoken_by(speaking("off", **strict)) == ()


@holds("MSGLANG-02")
def test_the_tag_lists_languages() -> None:
    assert spoken_by(speaking("de en fr")) == ("de", "en", "fr")
    assert spoken_by(speaking(" fr,xx ,PT_br fr ")) == ("fr", "pt-BR")
    assert set(spoken_by(speaking("All"))) == set(LANGUAGES)
    assert spoken_by(speaking("xx")) == ()


@holds("MSGLANG-03")
def test_the_locale_comes_first_then_the_pages_then_the_list() -> None:
    pool = speaking("nl de en fr")
    assert language_of(pool, {"locale": "fr_CA.UTF-8"}) == "fr"
    assert language_of(pool, {"locale": "ja"}) == "nl"
    assert language_of(pool, {}) == "nl"
    token = spoken.set("de")
    try:
        assert language_of(pool, {}) == "de"
        assert language_of(pool, {"locale": "fr"}) == "fr"
    finally:
        spoken.reset(token)
    assert language_of(speaking("all"), {"locale": "sv"}) == "en"


@holds("MSGLANG-03")
@pytest.mark.parametrize(
    "locale, language",
    [
        *((name, name) for name in LANGUAGES),
        ("pt_BR", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("zh", "zh-CN"),
        ("zh-Hans-SG", "zh-CN"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_HK", "zh-TW"),
        ("in", "id"),
        ("", None),
        ("sv", None),
        ("de" * 100, None),
        ("-", None),
    ],
)
def test_what_a_locale_stands_for(locale: str, language: str | None) -> None:
    assert known(locale) == language


@given(st.text(max_size=60))
def test_no_locale_or_zone_breaks_anything(text: str) -> None:
    assert known(text) in {*LANGUAGES, None}
    assert moment(0, text).startswith("1970-01-01 00:00 UTC")


@holds("MSGLANG-04")
async def test_the_pools_own_texts_come_first(world: World) -> None:
    own = VerificationMessageTemplate(email_message="Ours: {####}", email_subject="Own")
    pool = a_pool(user_pool_tags={TAG: "all"}, verification_message_template=own)
    message = await render(world, pool, {"locale": "de"})
    assert (message.subject, message.body, message.text) == ("Own", "Ours: 012345", "")
    sms = await render(world, pool, {"locale": "de"}, medium=SMS)
    assert sms.body == TEXTS["de"]["code"].replace("{####}", "012345")


@holds("MSGLANG-04")
async def test_a_function_comes_before_ours(world: World) -> None:
    def function(_: dict[str, Any]) -> dict[str, Any]:
        return {"response": {"emailMessage": "F {####}"}}

    world.triggers.register(FUNCTION + "texts", function)
    pool = a_pool(user_pool_tags={TAG: "all"}, **with_functions(custom_message="texts"))
    message = await render(world, pool, {"locale": "de"})
    assert (message.body, message.text) == ("F 012345", "")
    assert message.subject == TEXTS["de"]["code_subject"]


@holds("MSGLANG-05")
def test_times_are_told_in_utc_and_in_the_users_zone() -> None:
    at_ms = 1_790_000_000_000
    assert moment(at_ms, None) == "2026-09-21 14:13 UTC"
    assert moment(at_ms, "Europe/Berlin") == "2026-09-21 14:13 UTC (16:13 Europe/Berlin)"
    assert moment(at_ms, "Pacific/Auckland") == (
        "2026-09-21 14:13 UTC (2026-09-22 02:13 Pacific/Auckland)"
    )
    for none in ("UTC", "Etc/UTC", "Africa/Abidjan", "Nowhere/Here", "../../etc/passwd", "/etc",
                 "<b>", "", "a" * 300, "Europe"):  # fmt: skip
        assert moment(at_ms, none) == "2026-09-21 14:13 UTC"


@holds("MSGLANG-05")
async def test_messages_say_until_when_a_code_is_good(world: World) -> None:
    pool = a_pool(user_pool_tags={TAG: "all"})
    until = moment(world.clock.now_ms() + HOUR_MS, "Asia/Tokyo")
    for source in ("SignUp", "ForgotPassword", "VerifyUserAttribute", "AdminCreateUser"):
        message = await render(world, pool, ZONES, source=source)
        assert until in message.text
        assert until in message.body
        assert "gilt bis" in message.text
    assert "gilt bis" not in (await render(world, pool, ZONES, source="Authentication")).text


@holds("MSGLANG-06")
async def test_both_parts_say_the_same(world: World) -> None:
    pool = a_pool(user_pool_tags={TAG: "all"})
    message = await render(world, pool, {}, source="AdminCreateUser", code="<&Pass1>")
    assert "<b>mary" in message.text
    assert "<&Pass1>" in message.text
    assert "&lt;b&gt;mary" in message.body
    assert "<b>mary" not in message.body
    assert "&lt;&amp;Pass1&gt;" in message.body
    email = message_from_bytes(compose(message, "us@x.test").as_bytes(), policy=default)
    assert email.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in email.iter_parts()]
    assert parts == ["text/plain", "text/html"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_is_one_sentence(language: str) -> None:
    for kind in ("code", "reset", "attribute", "invitation", "welcome", "sign_in"):
        text = composed(language, kind, SMS, expires="2026-09-21 14:13 UTC").body
        assert len(text) <= 140
        assert text == TEXTS[language][kind]


@holds("MSGLANG-07")
def test_samples_show_every_message() -> None:
    for language in LANGUAGES:
        found = list(in_language(language, base_url="http://localhost", now_ms=0))
        assert len(found) == 13
        for one in found:
            shown = one.body + one.text + one.subject
            assert not re.search(r"\{(####|username|time|##)", shown)
    own = list(of_pool(speaking(None), "de", base_url="http://localhost", now_ms=0))
    assert {one.language for one in own} == {"en"}
    theirs = list(of_pool(speaking("de"), "fr", base_url="http://localhost", now_ms=0))
    assert {one.language for one in theirs} == {"de"}
    assert len(own) == len(theirs) == 16
