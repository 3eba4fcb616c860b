"""The event of every source and their order, from real flows: docs/behaviours/triggers.md."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.flow_table import FLOWS, MORE, Flow
from tests.flows.functions import Stage
from tests.flows.golden import check_golden
from tests.flows.in_process import serving
from tests.flows.trigger_stage import recorded
from tests.sdk.support import holds


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


@holds("TRIGGER-01", "TRIGGER-02", "TRIGGER-20")
@pytest.mark.parametrize("flow", [*FLOWS, *MORE], ids=lambda flow: flow.name)
def test_the_functions_of_a_flow_get_their_events_in_order(stage: Stage, flow: Flow) -> None:
    one = recorded(stage, flow.client, **flow.pool)
    flow.act(one)
    assert one.recorder.sources == flow.sources
    check_golden(flow.name, one.recorder.events)
