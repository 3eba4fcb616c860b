"""Hosts, networks and the form of refusals."""

import json

import pytest

from poolkeep.base.entropy import SeededEntropy
from poolkeep.http.server import refusals
from poolkeep.http.server.policy import Networks, Policy
from poolkeep.settings import Settings


def a_policy(**settings: object) -> Policy:
    return Policy(Settings(**settings), SeededEntropy(), admin_port=None)  # type: ignore[arg-type]  # any setting


@pytest.mark.parametrize(
    "host, ours",
    [
        (b"localhost", True), (b"localhost.", True), (b"LOCALHOST:1", True),
        (b"auth.localhost", True), (b"127.0.0.1:9229", True), (b"[::1]:9229", True),
        (b"id.example.org", False), (b"notlocalhost", False), (b"169.254.169.254", False),
        (b"", None), (b":80", None), (b"a:b", None), (b"a:123456", None), (b"-a", None),
        (b"a\x00", None), (b"a b", None), (b"a@b", None), (b"\xc3\xa9", None),
    ],
)  # fmt: skip
def test_only_loopback_names_are_ours_by_default(host: bytes, *, ours: bool | None) -> None:
    assert a_policy().host_is_ours(host) is ours


def test_named_hosts_replace_the_default() -> None:
    policy = a_policy(
        allowed_hosts=("*.example.org", "other.test"), public_url="https://id.example.net:8443/x"
    )
    verdicts = {
        host: policy.host_is_ours(host.encode())
        for host in ("a.example.org", "example.org", "other.test", "id.example.net", "localhost")
    }
    assert verdicts == {
        "a.example.org": True,
        "example.org": False,
        "other.test": True,
        "id.example.net": True,
        "localhost": False,
    }


def test_a_star_takes_every_well_formed_host() -> None:
    policy = a_policy(allowed_hosts=("*",))
    assert policy.host_is_ours(b"anything.example") is True
    assert policy.host_is_ours(b"any thing") is None


def test_remembered_hosts_are_bounded() -> None:
    policy = a_policy()
    for number in range(5_000):
        assert policy.host_is_ours(b"h%d.localhost" % number) is True
    assert len(policy._known_hosts) <= 1_024


def test_networks_hold_mapped_and_odd_addresses() -> None:
    networks = Networks(("10.0.0.0/8", "fd00::/8"))
    assert "10.1.2.3" in networks
    assert "::ffff:10.1.2.3" in networks
    assert "fd12::1" in networks
    assert "11.0.0.1" not in networks
    assert "not an address" not in networks
    assert not Networks(())
    assert "198.51.100.1" in Networks(("*",))


def test_every_refusal_is_a_whole_response() -> None:
    found = [value for value in vars(refusals).values() if isinstance(value, refusals.HttpRefusal)]
    assert len(found) >= 15
    for refusal in found:
        for json_target in (True, False):
            head, _, body = refusals.answer(refusal, "id", json_target=json_target).partition(
                b"\r\n\r\n"
            )
            assert f"Content-Length: {len(body)}".encode() in head
            assert head.startswith(b"HTTP/1.1 %d " % refusal.status)
            assert json.loads(body)["message"] == refusal.text
