"""Choice-based sign-in against its model, for as long as the profile says."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.choice_model import World
from tests.properties.test_choice_machine import Choices
from tests.properties.test_choice_machine import world as world  # noqa: PLC0414  a fixture, used below

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]


def test_no_tokens_without_every_owed_proof_for_hours(world: World) -> None:
    Choices.world = world
    run_state_machine_as_test(Choices, settings=settings(stateful_step_count=100))
