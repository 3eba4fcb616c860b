"""One exchange for users and devices, against a client of its own making."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.devices.rules import read_verifier
from poolkeep.core.signin import srp_exchange
from poolkeep.core.signin.srp_exchange import Identity
from poolkeep.crypto.passwords import StoredVerifier
from tests.sdk.devices import Device
from tests.sdk.srp import N
from tests.sdk.support import holds, tampered

BLOCK = base64.b64encode(bytes(range(200))).decode()
LETTERS = st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8)


def confirmed(device: Device) -> StoredVerifier:
    """Return what the server keeps of a device, after a way through its stored form."""
    told = device.verifier()
    read = read_verifier(told["Salt"], told["PasswordVerifier"])
    assert read is not None
    return StoredVerifier.decode(read.encode())


@holds("DEVICE-30")
@settings(max_examples=40, deadline=None)
@given(
    group=LETTERS,
    uuid=st.uuids(version=4),
    password=st.binary(min_size=40, max_size=40),
    salt=st.integers(0, 2**128 - 1),
    seed=st.integers(),
)
def test_a_device_and_the_server_agree(
    group: str, uuid: Any, password: bytes, salt: int, seed: int
) -> None:
    secret = base64.b64encode(password).decode()
    device = Device(f"us-east-1_{uuid}", f"-{group[:8]}", password=secret, salt=salt)
    stored = confirmed(device)
    srp = device.srp()
    state, told = srp_exchange.begin(SeededEntropy(str(seed)), srp.A, stored)
    asked = {**told, "USERNAME": "alice", "SECRET_BLOCK": BLOCK}
    answers = device.answers(srp, asked)
    identity = Identity(device.group, device.key)
    assert srp_exchange.demand(answers) > 0
    assert srp_exchange.is_right(state, stored, identity, answers=answers)
    wrong = device.answers(srp, asked, password=secret + "x")
    assert not srp_exchange.is_right(state, stored, identity, answers=wrong)
    for other in (Identity(device.group, "other"), Identity("-other", device.key)):
        assert not srp_exchange.is_right(state, stored, other, answers=answers)
    for name in ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK"):
        spoiled = {**answers, name: tampered(answers[name], 8)}
        assert not srp_exchange.is_right(state, stored, identity, answers=spoiled)
    later = {**answers, "TIMESTAMP": "Mon Jan 5 08:09:10 UTC 2026"}
    assert not srp_exchange.is_right(state, stored, identity, answers=later)
    assert not srp_exchange.is_right(None, stored, identity, answers=answers)


class TestPycognito:
    """A client that we did not write."""

    @holds("DEVICE-30")
    @pytest.mark.parametrize("turn", range(8))
    def test_device_proofs_are_right(self, turn: int) -> None:
        from pycognito.aws_srp import AWSSRP, generate_hash_device

        group, key = f"-group{turn:03d}", f"us-east-1_{turn:08d}-2222-4333-8444-555555555555"
        password, config = generate_hash_device(group, key)
        stored = read_verifier(config["Salt"], config["PasswordVerifier"])
        assert stored is not None
        client = AWSSRP(
            username="alice",
            password="not needed",
            pool_id="us-east-1_AbCdEfGhI",
            client_id="c" * 26,
            client=object(),
            device_key=key,
            device_group_key=group,
            device_password=password,
        )
        a_public = srp_exchange.public_number(client.get_auth_params()["SRP_A"])
        state, told = srp_exchange.begin(SeededEntropy(f"{turn}"), a_public, stored)
        answers = client.process_device_challenge(
            {**told, "USERNAME": "alice", "SECRET_BLOCK": BLOCK}
        )
        assert srp_exchange.is_right(state, stored, Identity(group, key), answers=answers)


@pytest.mark.parametrize("a_public", [0, N, 2 * N, 1, N - 1])
def test_a_degenerate_number_is_never_right(a_public: int) -> None:
    device = Device("k", "-g")
    stored = confirmed(device)
    state, _ = srp_exchange.begin(SeededEntropy(), a_public, stored)
    answers = {
        "PASSWORD_CLAIM_SIGNATURE": "A" * 44,
        "PASSWORD_CLAIM_SECRET_BLOCK": BLOCK,
        "TIMESTAMP": "Mon Jan 5 08:09:10 UTC 2026",
    }
    assert not srp_exchange.is_right(state, stored, Identity("-g", "k"), answers=answers)


@pytest.mark.parametrize("text", [None, "", "xyz", "0x1", "1" * 801])
def test_a_number_is_demanded(text: str | None) -> None:
    with pytest.raises(InvalidParameter):
        srp_exchange.public_number(text)


def test_a_block_is_base64() -> None:
    for block in ("!", "AAA", "a b="):
        with pytest.raises(NotAuthorized):
            srp_exchange.block_of({"PASSWORD_CLAIM_SECRET_BLOCK": block})
    assert (
        srp_exchange.block_text(srp_exchange.block_of({"PASSWORD_CLAIM_SECRET_BLOCK": BLOCK}))
        == BLOCK
    )


@pytest.mark.parametrize(
    "off_ms, timely", [(0, True), (300_000, True), (-300_000, True), (300_001, False)]
)
def test_a_claim_is_of_now(off_ms: int, timely: bool) -> None:
    assert srp_exchange.is_timely(1_000_000_000 + off_ms, 1_000_000_000) is timely
