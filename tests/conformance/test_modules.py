"""Every module of every plan, in both profiles: docs/reference/conformance.md."""

from typing import Final

import pytest

from tests.conformance.provider import Provider, a_provider
from tests.conformance.registry import PROFILES, Module, Run, modules
from tests.conformance.relying import Flow
from tests.sdk.support import Wire

CASES: Final = [
    pytest.param(one, profile, flow, id=f"{one.name}-{flow.response_type}-{flow.place}-{profile}")
    for one in modules()
    for profile in one.verdicts
    for flow in one.flows
]


@pytest.fixture(scope="module")
def providers(clock_server: str) -> dict[str, Provider]:
    """Return a provider of each profile."""
    return {profile: a_provider(Wire(clock_server), profile) for profile in PROFILES}


@pytest.mark.parametrize("one,profile,flow", CASES)
def test_a_module_ends_as_expected(
    one: Module, profile: str, flow: Flow, providers: dict[str, Provider]
) -> None:
    assert str(Run(providers[profile], flow).judge(one.body)) == str(one.verdicts[profile])
