"""A thousand codes, each wanted by fifty at once on two nodes."""

import pytest

from tests.faults.nodes import Nodes, race
from tests.faults.test_races import ROTATION, confirms, signed_up_with, trades
from tests.sdk.builders import a_pool, an_app
from tests.sdk.support import an_email

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
CODES = 1_000
RACERS = 50


def test_a_thousand_codes_have_a_thousand_winners(nodes: Nodes) -> None:
    app = an_app(nodes.wire, a_pool(nodes.wire, AutoVerifiedAttributes=["email"]))
    for _ in range(CODES):
        outcome = race(nodes, app, confirms(signed_up_with(app, an_email(), 1)), racers=RACERS)
        assert len(outcome.won) == 1, outcome.refusals


def test_a_thousand_refresh_tokens_have_a_thousand_winners(nodes: Nodes) -> None:
    app = an_app(
        nodes.wire, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"], RefreshTokenRotation=ROTATION
    )
    token = app.sign_in(app.user())["RefreshToken"]
    for _ in range(CODES):
        outcome = race(nodes, app, trades(token), racers=RACERS)
        assert len(outcome.won) == 1, outcome.refusals
        token = outcome.won[0]["RefreshToken"]
