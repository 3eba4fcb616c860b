"""Addresses of other token services: docs/behaviours/identity-pools.md."""

import pytest

from poolkeep.identity_settings import IdentitySts, sts_url
from tests.sdk.support import holds


@holds("IDPOOL-119")
@pytest.mark.parametrize(
    "text,url",
    [
        ("https://sts.amazonaws.com", "https://sts.amazonaws.com"),
        ("https://gateway:7443/sts", "https://gateway:7443/sts"),
        ("http://127.0.0.1:7480", "http://127.0.0.1:7480"),
        ("http://[::1]:7480/", "http://[::1]:7480/"),
        ("http://localhost:7480", "http://localhost:7480"),
        ("http+insecure://gateway:7480", "http://gateway:7480"),
    ],
)
def test_an_address_is_of_tls_or_near_or_says_so(text: str, url: str) -> None:
    assert sts_url(text) == url
    assert IdentitySts(url=text).faults("self") == []


@holds("IDPOOL-119")
@pytest.mark.parametrize(
    "text",
    [
        "http://gateway:7480", "http://127.0.0.1.example.org", "http://10.0.0.1", "gateway:7480",
        "ftp://gateway", "https://", "https://user:word@gateway", "https://gateway/?a=b",
        "https://gateway/#a", "https://gateway:0", "https://gateway:99999", "https://gate way",
        "https+insecure://gateway", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_another_address_is_a_fault(text: str) -> None:
    for chosen in (IdentitySts(url=text), IdentitySts(urls={"us-east-1:0": text})):
        assert len(chosen.faults("self")) == 1


@holds("IDPOOL-119")
def test_tokens_must_name_an_issuer_that_others_can_ask() -> None:
    chosen = IdentitySts(urls={"us-east-1:0": "https://gateway"})
    (fault,) = chosen.faults(None)
    assert fault.endswith("Set identity_issuer to self.")
    assert IdentitySts(urls={"us-east-1:0": ""}).faults(None) == []


@holds("IDPOOL-111")
def test_what_guests_may_there_are_actions() -> None:
    assert IdentitySts(guest_actions=("s3:Get*", "s3express:*", "*")).faults(None) == []
    for action in ("s3", "s3:Get Object", 's3:*"', "arn:aws:s3"):
        assert len(IdentitySts(guest_actions=(action,)).faults(None)) == 1
