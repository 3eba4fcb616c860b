"""What a run outside is given agrees with the modules and with our pages: docs/conformance."""

import json
import os
import subprocess
import sys
from typing import Final

import httpx2
import pytest

from tests.conformance.browser import Page
from tests.conformance.provider import SUITE, Client, Provider, a_provider
from tests.conformance.registry import BASIC, CONFIG, FLOWS, LOGOUT, PLAIN, PROFILES, Run, modules
from tests.conformance.relying import Relying
from tests.conformance.verdicts import PASS
from tests.sdk.boto import environment
from tests.sdk.support import Json, Wire
from tools import conformance

WRITTEN: Final = json.loads(conformance.PLAN.read_text())
RESULTS: Final = {"pass", "warn", "fail", "skip"}


@pytest.fixture(scope="module")
def provider(server_url: str) -> Provider:
    return a_provider(Wire(server_url), "strict")


def test_the_written_plan_is_current() -> None:
    told = "run: python tools/conformance.py plan"
    assert conformance.PLAN.read_text() == conformance.written(conformance.plan()), told


def test_every_module_of_a_plan_is_written_with_its_verdicts() -> None:
    plans = {one["plan"]: one["expected"] for one in WRITTEN["plans"]}
    assert set(plans) == set(FLOWS) - {PLAIN}
    for module in modules():
        if module.plan == PLAIN:
            continue
        for profile, verdict in module.verdicts.items():
            told = plans[module.plan][profile][module.name]
            assert told["result"] == verdict.result.value
            assert tuple(told.get("why", ())) == verdict.why
            outside = told.get("suite", {}).get("result")
            assert outside == (module.outside.result.value if module.outside else None)


def test_every_verdict_is_one_of_four() -> None:
    for one in WRITTEN["plans"]:
        for expected in one["expected"].values():
            assert {told["result"] for told in expected.values()} <= RESULTS


def test_an_override_is_for_a_module_that_there_is() -> None:
    names = {module.name for module in modules()}
    assert set(WRITTEN["configuration"]["override"]) <= names


def test_what_prepare_fills_in_has_the_written_shape(provider: Provider) -> None:
    clients = [
        {"ClientId": one.id, "ClientSecret": one.secret}
        for one in (provider.client, provider.client2)
    ]
    issuer = provider.metadata["issuer"]
    filled = conformance.configuration(provider.base, issuer, (clients[0], clients[1]), "strict")
    assert shape(filled) == shape(WRITTEN["configuration"])
    assert "${" not in json.dumps(filled)
    discovery = filled["server"]["discoveryUrl"].removeprefix(provider.wire.base_url)
    assert provider.wire.exchange("GET", discovery).json()["issuer"] == issuer
    for which, party in (("client", provider.client), ("client2", provider.client2)):
        assert filled[which] == {"client_id": party.id, "client_secret": party.secret}
    assert conformance.callback(SUITE) == provider.client.redirect_uri


def test_the_browser_steps_name_fields_of_our_page(provider: Provider) -> None:
    with Relying(provider, provider.client) as party:
        page = party.authorize()
        assert isinstance(page, Page)
        steps = conformance.configuration(provider.base, "", ({}, {}), "")["browser"][0]
        task = steps["tasks"][0]
        assert page.url.startswith(task["match"].removesuffix("*"))
        form = page.form("username", "password")
        for what, _, name, *_ in task["commands"]:
            assert name in (form.buttons if what == "click" else form.fields)


def test_prepare_makes_what_the_suite_is_told(server_url: str) -> None:
    ran = tool(
        *("prepare", "--endpoint", server_url, "--suite", SUITE, "--profile", "strict"),
        **environment(server_url),
    )
    config = json.loads(ran)
    assert shape(config) == shape(WRITTEN["configuration"])
    told = httpx2.get(config["server"]["discoveryUrl"]).json()
    made = Provider(
        wire=Wire(server_url),
        profile="strict",
        pool_id=told["issuer"].rpartition("/")[2],
        metadata=told,
        client=Client(**_named(config["client"])),
        client2=Client(**_named(config["client2"])),
        username=conformance.USERNAME,
    )
    for which, task in zip(config["browser"], ("oauth2/authorize", "logout"), strict=True):
        assert which["match"] == f"{made.base}/{task}*"
    assert told["end_session_endpoint"].startswith(f"{made.base}/logout")
    bodies = {module.name: module.body for module in modules()}
    for name in ("oidcc-server", "oidcc-rp-initiated-logout"):
        assert str(Run(made).judge(bodies[name])) == str(PASS)


def test_the_script_is_given_the_plans_of_a_profile() -> None:
    strict, compat = (tool("arguments", "--profile", name).splitlines() for name in PROFILES[::-1])
    assert strict[1::2] == ["config.json"] * (len(FLOWS) - 1)
    assert {one.partition("[")[0] for one in strict[::2]} == set(FLOWS) - {PLAIN}
    assert {one.partition("[")[0] for one in compat[::2]} == {CONFIG, BASIC, LOGOUT}
    shown = (conformance.PLAN.parent / "README.md").read_text()
    assert next(one for one in strict if one.startswith(BASIC)) in shown


def tool(*arguments: str, **environment: str) -> str:
    """Run tools/conformance.py; return what it prints."""
    ran = subprocess.run(
        [sys.executable, conformance.__file__, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def _named(client: dict[str, str]) -> dict[str, str]:
    return {"id": client["client_id"], "secret": client["client_secret"]}


def shape(value: Json) -> Json:
    """Return names and kinds of values, without the values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__
