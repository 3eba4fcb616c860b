"""The log: one line an event, nothing secret in it, nothing that a terminal or parser obeys."""

import json
import logging
import os
from typing import Any

import pytest

from poolkeep.base.clock import ManualClock
from poolkeep.base.log import Bridge, Level, Log, sounds_secret
from poolkeep.base.secret import Secret


def a_log(level: Level = "info") -> tuple[Log, list[bytes]]:
    lines: list[bytes] = []
    return Log(ManualClock(1_234), level, lines.append), lines


def written(fields: dict[str, object]) -> dict[str, Any]:
    log, lines = a_log()
    log.request(fields)
    (line,) = lines
    assert line.isascii()
    assert line.endswith(b"\n")
    assert not any(byte < 32 or byte == 127 for byte in line[:-1])
    event: dict[str, Any] = json.loads(line)
    return event


def test_an_event_says_when_how_grave_and_what() -> None:
    assert written({"status": 200, "us": 1.5, "ok": True, "none": None}) == {
        "at": "1970-01-01T00:00:01.234Z", "level": "info", "event": "request",
        "status": 200, "us": 1.5, "ok": True, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    ['a"}\n{"level":"error"',
     "\x1b[2J\x1b[31m", "\x9b31m", "\u202eevil", "\u2028", "\ud800", "\x7f",
     "\x00", "é", "😀"],
)  # fmt: skip
def test_no_value_can_forge_or_disguise_a_record(hostile: str) -> None:
    assert written({"user_agent": hostile})["user_agent"] == hostile
    assert written({hostile: 1})[hostile] == 1
    assert written({"list": [hostile, {hostile: hostile}]})["list"] == [hostile, {hostile: hostile}]


def test_secrets_are_hidden_by_type_and_by_name() -> None:
    event = written(
        {
            "anything": Secret("canary"), "password": "canary", "AccessToken": "canary",
            "Session": "canary", "code": "canary", "x-authorization": b"canary", "raw": b"canary",
            "nested": {"ClientSecret": "canary", "list": [Secret(b"canary")]},
            "secret_absent": None, "object": object(),
        }
    )  # fmt: skip
    assert "canary" not in json.dumps(event)
    assert event["secret_absent"] is None
    assert event["object"] == "<object>"


@pytest.mark.parametrize("name", ["status_code", "operation", "client", "region", "error"])
def test_plain_names_are_shown(name: str) -> None:
    assert not sounds_secret(name)


def test_long_and_deep_values_are_cut() -> None:
    deep: list[object] = []
    for _ in range(2_000):
        deep = [deep]
    event = written({"long": "x" * 5_000, "deep": deep})
    assert len(event["long"]) == 1_025
    assert len(json.dumps(event["deep"])) < 100


def test_an_exception_is_its_type_and_place_not_its_text() -> None:
    log, lines = a_log()
    try:
        try:
            raise KeyError("canary")
        except KeyError as inner:
            raise ValueError("canary") from inner
    except ValueError as error:
        log.defect("failed", error)
    event = json.loads(lines[0])
    assert (event["error"], event["cause"]) == ("builtins.ValueError", "builtins.KeyError")
    assert event["frames"][0].endswith("test_an_exception_is_its_type_and_place_not_its_text")
    assert b"canary" not in lines[0]


def test_libraries_are_heard_without_what_they_quote() -> None:
    log, lines = a_log()
    logger = logging.Logger("library")  # noqa: LOG001  not one of the process's loggers
    logger.addHandler(Bridge(log))
    logger.info("canary")
    logger.warning("refused %s", "canary")
    try:
        raise RuntimeError("canary")
    except RuntimeError:
        logger.exception("broken\n")
    assert [json.loads(line)["message"] for line in lines] == ["refused %s", "broken"]
    assert b"canary" not in b"".join(lines)


def test_levels_hold_back_what_is_less_grave() -> None:
    log, lines = a_log("warning")
    log.debug("a")
    log.info("b")
    log.request({})
    log.warning("c")
    log.error("d")
    assert [json.loads(line)["event"] for line in lines] == ["c", "d"]


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    read, write = os.pipe()
    os.close(read)
    log = Log(ManualClock(), write=lambda line: os.write(write, line))
    log.request({"status": 200})
    os.close(write)
    assert log.lost == 1
