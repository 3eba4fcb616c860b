"""Two nodes and one authorization code: one set of tokens at most, and none that lasts."""

import dataclasses
from urllib.parse import urlencode

import pytest

from tests.conformance.provider import Provider, a_provider
from tests.conformance.relying import Relying, basic
from tests.faults.nodes import Nodes, race
from tests.sdk.builders import App, an_app
from tests.sdk.support import Json, Wire, holds

RACERS = 50
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def seen_at(op: Provider, wire: Wire) -> Provider:
    """Return the provider as a client of one node sees it, with no balancer between."""
    found = {
        name: value.replace(op.base, f"{wire.base_url}/{op.pool_id}")
        if isinstance(value, str)
        else value
        for name, value in op.metadata.items()
    }
    return dataclasses.replace(op, wire=wire, metadata=found)


@pytest.fixture
def op(nodes: Nodes) -> Provider:
    """Return a provider as the first node shows it."""
    return seen_at(a_provider(nodes.wire, "compat"), nodes.wire)


@holds("OAU-05")
def test_of_racers_on_two_nodes_one_gets_tokens_and_none_keeps_them(
    nodes: Nodes, op: Provider
) -> None:
    with Relying(op, op.client) as party:
        party.authorize()
        code = party.answer().params["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": op.client.redirect_uri,
        }
        body, headers = urlencode(form).encode(), {**FORM, **basic(op.client)}

        def redeem(on: App, _: int) -> Json:
            return on.wire.exchange("POST", f"/{op.pool_id}/oauth2/token", body, headers)

        outcome = race(nodes, an_app(nodes.wire, op.pool_id), redeem, RACERS)
        won = [reply.json() for reply in outcome.won if reply.status == 200]
        lost = [reply for reply in outcome.won if reply.status != 200]
        assert len(won) <= 1
        assert len(lost) >= RACERS - 1
        assert {(reply.status, reply.json()["error"]) for reply in lost} == {(400, "invalid_grant")}
        for tokens in won:
            for wire in nodes.wires:
                at_node = Relying(seen_at(op, wire), op.client)
                with at_node:
                    assert at_node.userinfo(tokens["access_token"]).status_code == 401


@holds("SES-18")
def test_a_sign_in_on_the_pages_goes_on_at_any_node(nodes: Nodes, op: Provider) -> None:
    """A browser's session, its half-done sign-in and its code are known to every node."""
    there = seen_at(op, nodes.other)
    with Relying(op, op.client) as party, Relying(there, op.client) as other:
        party.authorize()
        party.answer()
        # Cookies are for a host, whatever its port: the browser brings the same ones there.
        other.browser.client.cookies.update(party.browser.client.cookies)
        other.authorize(prompt="none")
        code = other.answer().params["code"]
        assert party.redeemed(code)["access_token"]
