"""Handlers in processes of ours, under AWS's own clients: docs/behaviours/functions.md."""

import asyncio
import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from poolkeep.adapters.triggers.local.surroundings import FunctionKey
from poolkeep.base.secret import Secret
from poolkeep.core.triggers import FunctionError, FunctionUnavailable
from tests.functions.support import (
    ARN,
    PROBE,
    RUNTIMES,
    SIX_MB,
    client_of,
    hosting,
    target,
    until,
)
from tests.sdk.support import holds


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@holds("FUNCTION-10", "FUNCTION-11", "FUNCTION-13")
async def test_a_handler_runs_unchanged_and_its_process_is_used_again(runtime: str) -> None:
    async with hosting({"probe": target(runtime)}, **client_of(runtime)) as host:
        first, second = await host.probe(), await host.probe()
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert first["request_id"] != second["request_id"]
    assert (first["arn"], first["name"]) == (PROBE, "probe")
    assert 0 < first["remaining_ms"] <= 5000


@holds("FUNCTION-02")
async def test_what_a_handler_throws_is_final(runtime: str) -> None:
    async with hosting({"probe": target(runtime)}, **client_of(runtime)) as host:
        with pytest.raises(FunctionError, match=r"^not you\.$"):
            await host.probe(do="throw", text="not you.")
        assert len(host.attempts) == 1
        assert (await host.probe())["calls"] == 2, "the process is well"


@holds("FUNCTION-15")
async def test_a_process_that_ends_is_the_functions_failure(runtime: str) -> None:
    async with hosting({"probe": target(runtime)}, **client_of(runtime)) as host:
        with pytest.raises(FunctionError) as caught:
            await host.probe(do="exit", status=129)
        (attempt,) = host.attempts
        assert str(caught.value) == (
            f"RequestId: {attempt.invocation.request_id} Error: Runtime exited with error: "
            "exit status 129"
        )
        assert (await host.probe())["calls"] == 1, "another process"


@holds("FUNCTION-40")
async def test_a_huge_answer_is_the_functions_failure(runtime: str) -> None:
    async with hosting({"probe": target(runtime)}, **client_of(runtime)) as host:
        with pytest.raises(FunctionError, match=f"^{re.escape(SIX_MB)}$"):
            await host.probe(do="huge")
        assert (await host.probe())["name"] == "probe"


@holds("FUNCTION-04", "FUNCTION-14")
async def test_a_process_without_an_answer_is_killed_and_the_event_given_to_another(
    runtime: str, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    async with hosting({"probe": target(runtime)}, attempt_s=2.0, **client_of(runtime)) as host:
        pid = (await host.probe())["pid"]
        with pytest.raises(FunctionUnavailable, match=r"^Socket timeout while invoking Lambda"):
            await host.probe(do="sleep", s=60, note=str(note))
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert (await host.probe())["calls"] == 1
    seen = note.read_text().split()
    assert len(seen) == 3
    assert len(set(seen)) == 1, "one request id for all attempts"


@holds("FUNCTION-16")
async def test_a_handler_that_cannot_be_loaded_tells_why_without_a_new_process_each_time(
    runtime: str,
) -> None:
    async with hosting({"probe": target(runtime, "broken")}, **client_of(runtime)) as host:
        for _ in range(20):
            with pytest.raises(FunctionError, match="not today"):
                await host.probe()
        broken = [event for event in host.logged if event["event"] == "function_broken"]
    assert len(broken) < 5


@holds("FUNCTION-17")
async def test_what_is_printed_is_logged_with_the_request_id(runtime: str) -> None:
    async with hosting({"probe": target(runtime)}, **client_of(runtime)) as host:
        told = await host.probe(say="a word")
        found = [line for line in await host.lines() if "a word" in line["line"]]
    assert [(line["function"], line["request_id"]) for line in found] == [
        ("probe", told["request_id"])
    ]


@holds("FUNCTION-17", "FUNCTION-41")
async def test_a_flood_is_counted_and_not_kept(runtime: str) -> None:
    mapped = {"probe": target(runtime), "other": target(runtime)}
    async with hosting(mapped, attempt_s=2.0, attempts=1, **client_of(runtime)) as host:
        await host.functions.call(ARN + "other", b"{}")
        flooding = asyncio.create_task(host.probe(do="flood"))
        while not flooding.done():
            began = asyncio.get_running_loop().time()
            await host.functions.call(ARN + "other", b"{}")
            assert asyncio.get_running_loop().time() - began < 1.5
            await asyncio.wait([flooding], timeout=0.1)
        with pytest.raises(FunctionUnavailable):
            await flooding
        await until(lambda: any("dropped" in event["event"] for event in host.logged))
    assert len([e for e in host.logged if e["event"] == "function_output"]) < 1_600


@holds("FUNCTION-11")
async def test_a_handler_finds_lambdas_variables_and_nothing_of_ours(
    runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOLKEEP_MASTER", "canary")
    monkeypatch.setenv("DATABASE_PASSWORD", "canary")

    async def pair(account: str) -> FunctionKey:
        return FunctionKey(f"AKIA{account}", Secret("its secret"))

    async with hosting(
        {"probe": target(runtime)},
        environment={
            "SHARED": Secret("for all"),
            "probe:OWN": Secret("for one"),
            "other:OWN": Secret("for another"),
            "AWS_LAMBDA_FUNCTION_NAME": Secret("not to be changed"),
        },
        memory_mib=300,
        key_pair_of=pair,
        **client_of(runtime),
    ) as host:
        found = await host.probe(do="environment")
    assert "canary" not in json.dumps(found)
    expected = {
        "SHARED": "for all",
        "OWN": "for one",
        "AWS_LAMBDA_FUNCTION_NAME": "probe",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "300",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIA123456789012",
        "AWS_SECRET_ACCESS_KEY": "its secret",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9229",
        "_HANDLER": "probe.handler",
        "TZ": ":UTC",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert re.fullmatch(
        r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", found["AWS_LAMBDA_LOG_STREAM_NAME"]
    )


@holds("FUNCTION-18")
async def test_a_changed_file_is_loaded_in_development(runtime: str, tmp_path: Path) -> None:
    suffix = ".py" if runtime == "python" else ".mjs"
    file = tmp_path / f"fresh{suffix}"

    def write(answer: int) -> None:
        file.write_text(
            f"def handler(event, context):\n    return {answer}\n"
            if runtime == "python"
            else f"export const handler = async () => {answer};\n"
        )
        os.utime(file, ns=(answer * 10**9, answer * 10**9))

    language = "python" if runtime == "python" else "node"
    mapped = {"probe": f"{language}:{file}:handler"}
    for mode, expected in (("dev", [1, 2]), ("local", [1, 1])):
        write(1)
        async with hosting(mapped, mode=mode, **client_of(runtime)) as host:
            first = await host.probe()
            write(2)
            assert [first, await host.probe()] == expected


@holds("FUNCTION-13", "FUNCTION-42")
async def test_so_many_processes_and_so_many_who_wait() -> None:
    async with hosting(
        {"probe": target("python")},
        processes_max=2, waiting_max=4, attempts=1, attempt_s=10.0,
    ) as host:  # fmt: skip
        answers = await asyncio.gather(
            *(host.probe(do="sleep", s=0.3) for _ in range(12)), return_exceptions=True
        )
        throttled = [str(a) for a in answers if isinstance(a, FunctionUnavailable)]
        assert throttled == ["TooManyRequestsException"] * 8
        served: list[Any] = [a for a in answers if isinstance(a, dict)]
        assert len(served) == 4
        assert len({answer["pid"] for answer in served}) <= 2


async def test_a_process_that_nobody_needs_ends() -> None:
    async with hosting({"probe": target("python")}, idle_s=0.3) as host:
        pid = (await host.probe())["pid"]
        await until(lambda: not Path(f"/proc/{pid}").exists())
        assert (await host.probe())["calls"] == 1


async def test_a_process_killed_from_outside_is_replaced() -> None:
    async with hosting({"probe": target("python")}) as host:
        pid = (await host.probe())["pid"]
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not Path(f"/proc/{pid}").exists())
        assert (await host.probe())["calls"] == 1


async def test_a_function_without_a_file_does_not_exist(tmp_path: Path) -> None:
    async with hosting({"probe": f"python:{tmp_path}/gone.py:handler"}) as host:
        with pytest.raises(FunctionUnavailable, match=r"^ResourceNotFoundException$"):
            await host.probe()


async def test_what_a_handler_started_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "parent.py"
    file.write_text(
        "import subprocess, time\n"
        "def handler(event, context):\n"
        "    child = subprocess.Popen(['sleep', '300'])\n"
        "    open(event['note'], 'w').write(str(child.pid))\n"
        "    time.sleep(60)\n"
    )
    note = tmp_path / "note"
    async with hosting({"probe": f"python:{file}:handler"}, attempts=1, attempt_s=2.0) as host:
        with pytest.raises(FunctionUnavailable):
            await host.probe(note=str(note))
    child = int(note.read_text())
    await until(lambda: not _runs(child))


async def test_a_node_handler_with_a_callback_runs_under_our_client() -> None:
    chosen = client_of("own-node")
    async with hosting({"probe": target("own-node", handler="callback")}, **chosen) as host:
        assert await host.probe() == {"name": "probe"}
        with pytest.raises(FunctionError, match=r"^no$"):
            await host.probe(text="no")


async def test_the_client_in_a_functions_own_folder_is_found(tmp_path: Path) -> None:
    chosen = client_of("node")
    shutil.copy(target("node").split(":")[1], tmp_path / "probe.mjs")
    package = tmp_path / "node_modules" / "aws-lambda-ric"
    package.mkdir(parents=True)
    package.rmdir()
    package.symlink_to(chosen.pop("node_client"))
    file = tmp_path / "program.mjs"
    file.write_text("export const handler = async () => process.argv[1];\n")
    async with hosting({"probe": f"node:{file}:handler"}, **chosen) as host:
        assert "aws-lambda-ric" in await host.probe()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
