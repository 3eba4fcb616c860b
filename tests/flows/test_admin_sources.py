"""Signed operations can be kept to the networks of the administrators."""

import pytest

from tests.sdk.support import Wire, refused
from tests.support.server import StartServer


@pytest.mark.parametrize("networks,admitted", [("10.0.0.0/8", False), ("127.0.0.0/8", True)])
def test_signed_operations_come_from_listed_networks_only(
    start_server: StartServer, networks: str, admitted: bool
) -> None:
    server = start_server(dev=True, environment={"POOLKEEP_ADMIN_SOURCES": networks})
    wire = Wire(server.base_url)
    if admitted:
        assert wire.call("ListUserPools", MaxResults=1)["UserPools"] == []
    else:
        with refused("AccessDeniedException"):
            wire.call("ListUserPools", MaxResults=1)
    with refused("ResourceNotFoundException"):  # public operations are served to everybody
        wire.call("SignUp", ClientId="a1b2c3", Username="ada", Password="Correct-Horse-7")
