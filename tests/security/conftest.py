"""Providers of both profiles, for attacks on OAuth; a module's tests share them."""

import functools
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.conformance.provider import Provider, a_provider
from tests.conformance.relying import Relying
from tests.sdk.support import Wire
from tests.security.oauth import signed_in

PROFILES: Final = ("compat", "strict")

Providers = Callable[[str], Provider]
"""From a profile to the module's provider, made at the first call: order is random, and a fixture
with parameters and a scope would be made anew with each change of profile."""


@pytest.fixture(scope="module")
def providers(server_url: str) -> Providers:
    """Return the module's providers whose clock nobody moves."""
    return functools.cache(lambda profile: a_provider(Wire(server_url), profile))


@pytest.fixture(scope="module")
def clock_providers(clock_server: str) -> Providers:
    """Return the module's providers whose clock a test may move."""
    return functools.cache(lambda profile: a_provider(Wire(clock_server), profile))


@pytest.fixture(params=PROFILES)
def op(request: pytest.FixtureRequest, providers: Providers) -> Provider:
    """Return a provider whose clock nobody moves, of each profile in turn."""
    return providers(request.param)


@pytest.fixture(params=PROFILES)
def clock_op(request: pytest.FixtureRequest, clock_providers: Providers) -> Provider:
    """Return a provider whose clock a test may move, of each profile in turn."""
    return clock_providers(request.param)


@pytest.fixture
def party(op: Provider) -> Iterator[Relying]:
    """Return a party that gets a code for any valid request."""
    with signed_in(op) as one:
        yield one
