"""Sign-in against its model, for as long as the profile says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.flows.in_process import serving
from tests.properties.test_sign_in_machine import SignIns, World
from tests.sdk.builders import a_pool, an_app

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return two clients of one pool, and one of another."""
    with serving(tmp_path) as wire:
        first = an_app(wire, a_pool(wire))
        yield World(wire, (first, first.another_client(), an_app(wire)))


def test_tokens_for_every_owed_proof_and_no_less_for_hours(world: World) -> None:
    SignIns.world = world
    run_state_machine_as_test(SignIns, settings=settings(stateful_step_count=100))
