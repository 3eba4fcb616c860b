"""When a device is new, known, or enough."""

import base64
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.devices import rules
from poolkeep.core.devices.model import Device, Standing
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import DeviceConfiguration
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.crypto.group import N
from poolkeep.crypto.passwords import StoredVerifier
from tests.sdk.support import holds
from tests.unit.core.users.people import a_client, a_pool

KEY = "us-east-1_11111111-2222-4333-8444-555555555555"
OTHER = "us-east-1_11111111-2222-4333-8444-555555555556"


def tracking(**said: bool) -> LoadedPool:
    return a_pool(device_configuration=DeviceConfiguration(**said))


@holds("DEVICE-01", "DEVICE-03")
def test_a_new_device_has_a_key_of_the_region_and_a_group_that_follows_from_it() -> None:
    pool = tracking()
    entropy = SeededEntropy()
    made = [rules.new_device(pool, None, entropy) for _ in range(50)]
    for device in made:
        assert device is not None
        region = pool.pool.id.partition("_")[0]
        assert re.fullmatch(
            rf"{region}_[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", device.key
        )
        assert re.fullmatch(r"-[0-9A-Za-z]{8}", device.group_key)
        assert rules.identity(pool, device.key) == device
    assert len({device.group_key for device in made if device}) == 50
    assert rules.new_device(pool, KEY, entropy) is None
    assert rules.new_device(a_pool(), None, entropy) is None


def test_the_group_key_is_another_in_another_pool() -> None:
    here, there = tracking(), a_pool(pool_id="eu-west-1_other", device_configuration=None)
    assert rules.identity(here, KEY).group_key != rules.identity(there, KEY).group_key


@pytest.mark.parametrize(
    "said, waits, spares",
    [
        ({}, False, False),
        ({"device_only_remembered_on_user_prompt": True}, True, False),
        ({"challenge_required_on_new_device": True}, False, True),
        ({"challenge_required_on_new_device": False}, False, False),
    ],
)
def test_settings_are_read(said: dict[str, bool], waits: bool, spares: bool) -> None:
    pool = tracking(**said)
    assert rules.tracks(pool)
    assert rules.waits_for_user(pool) is waits
    assert rules.replaces_second_factor(pool) is spares
    assert not rules.tracks(a_pool())
    assert not rules.waits_for_user(a_pool())
    assert not rules.replaces_second_factor(a_pool())


C, F = Standing.CONFIRMED, Standing.FORGOTTEN


@holds("DEVICE-50", "DEVICE-51", "DEVICE-52")
@pytest.mark.parametrize(
    "bound, named, standing, allowed",
    [
        (None, None, None, True),
        (None, KEY, None, True),
        (None, KEY, C, True),
        (None, KEY, F, False),
        (KEY, None, None, True),
        (KEY, KEY, None, True),
        (KEY, OTHER, None, False),
        (KEY, None, C, False),
        (KEY, KEY, C, True),
        (KEY, OTHER, C, False),
        (KEY, None, F, False),
        (KEY, KEY, F, False),
        (KEY, OTHER, F, False),
    ],
)
def test_who_may_refresh(
    bound: str | None, named: str | None, standing: Standing | None, allowed: bool
) -> None:
    assert rules.may_refresh(bound, named, standing) is allowed


def test_tokens_end_after_the_last_access_token_of_the_last_refresh() -> None:
    client = a_client(a_pool(), access_token_validity=2, refresh_token_validity=3)
    day_s = 24 * 60 * 60
    assert rules.tokens_end_ms(client, 5) == 5 + (2 * 60 * 60 + 3 * day_s) * 1000


def spelled(number: int, size: int = 0) -> str:
    return base64.b64encode(number.to_bytes(size or (number.bit_length() + 8) // 8, "big")).decode()


@holds("DEVICE-14")
@given(salt=st.integers(0, 2**256 - 1), v=st.integers(2, N - 2))
def test_a_verifier_is_read_as_the_client_spelled_it(salt: int, v: int) -> None:
    found = rules.read_verifier(spelled(salt), spelled(v))
    assert found == StoredVerifier(salt, v)
    assert StoredVerifier.decode(found.encode()) == found
    assert rules.read_verifier(spelled(salt, 33), spelled(v, 385)) == found


@holds("DEVICE-14")
@pytest.mark.parametrize("v", [0, 1, N - 1, N, N + 1])
def test_a_number_that_proves_nothing_is_no_verifier(v: int) -> None:
    with pytest.raises(InvalidParameter):
        rules.read_verifier(spelled(2), spelled(v))


@holds("DEVICE-14", "DEVICE-15")
@given(text=st.text(max_size=40))
def test_any_other_text_is_refused_or_a_number(text: str) -> None:
    for pair in ((text, spelled(5)), (spelled(5), text)):
        try:
            found = rules.read_verifier(*pair)
        except InvalidParameter:
            continue
        assert found is not None
    assert rules.read_verifier(None, None) is None


def a_device(**members: Any) -> Device:
    defaults: dict[str, Any] = {
        "pool_id": "p",
        "user_id": "u",
        "key": KEY,
        "group_key": "-12345678",
        "remembered": True,
        "created_ms": 1,
        "modified_ms": 1,
        "authenticated_ms": 1,
        "tokens_end_ms": 1,
    }
    return Device(**{**defaults, **members})


def test_a_verifier_is_sealed_for_its_own_place() -> None:
    pool = tracking()
    stored = StoredVerifier(7, 9)
    secret = rules.seal_verifier(pool, "u", KEY, verifier=stored)
    assert secret is not None
    assert stored.encode() not in secret
    assert rules.stored_verifier(pool, a_device(secret=secret)) == stored
    for moved in (a_device(secret=secret, key=OTHER), a_device(secret=secret, user_id="v")):
        with pytest.raises(EnvelopeBroken):
            rules.stored_verifier(pool, moved)
    assert rules.seal_verifier(pool, "u", KEY, verifier=None) is None
    assert rules.stored_verifier(pool, a_device()) is None


@pytest.mark.parametrize(
    "remembered, secret, proves", [(True, b"s", True), (False, b"s", False), (True, None, False)]
)
def test_a_device_proves_itself_with_a_password_while_remembered(
    remembered: bool, secret: bytes | None, proves: bool
) -> None:
    assert a_device(remembered=remembered, secret=secret).proves_itself is proves


def test_a_device_never_shows_its_secret() -> None:
    assert "hidden" not in repr(a_device(secret=b"hidden"))
