"""Authorization Server Metadata. Names carry the sections; the pool is strict."""

from urllib.parse import urlsplit

from tests.flows.in_process import InProcessWire
from tests.flows.oauth_party import Party

WELL_KNOWN = "/.well-known/oauth-authorization-server"


def test_section_2_required_and_true(party: Party) -> None:
    told = party.get(WELL_KNOWN).members
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"):
        assert told[name]
    assert "code" in told["response_types_supported"]
    assert "?" not in told["issuer"]
    assert "#" not in told["issuer"]
    for name, value in told.items():
        assert value not in (None, [], ""), name
        if name.endswith("_endpoint"):
            assert urlsplit(value).scheme in {"http", "https"}, name


def test_section_2_every_way_to_prove_a_client_works(party: Party, public: Party) -> None:
    told = party.get(WELL_KNOWN).members
    assert set(told["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic", "client_secret_post", "none",
    }  # fmt: skip
    token = party.signed_in()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    proof = {"client_id": party.app.client_id, "client_secret": party.app.secret}
    assert party.post("/oauth2/token", {**form, **proof}, anonymous=True).status == 200
    assert public.signed_in().status == 200


def test_section_3_the_name_stands_between_host_and_path(
    wire: InProcessWire, strict_pool: str
) -> None:
    told = wire.exchange("GET", f"{WELL_KNOWN}/{strict_pool}").json()
    assert urlsplit(told["issuer"]).path == f"/{strict_pool}"


def test_section_3_1_get_and_json(wire: InProcessWire, strict_pool: str) -> None:
    reply = wire.exchange("GET", f"{WELL_KNOWN}/{strict_pool}")
    assert reply.headers["content-type"] == "application/json"
    assert wire.exchange("POST", f"{WELL_KNOWN}/{strict_pool}").status == 405
    assert wire.exchange("GET", f"{WELL_KNOWN}/us-east-1_000000000").status == 404


def test_section_3_3_the_issuer_is_the_one_that_was_asked(
    wire: InProcessWire, strict_pool: str
) -> None:
    for path in (strict_pool, f"issuer/{strict_pool}"):
        told = wire.exchange("GET", f"{WELL_KNOWN}/{path}").json()
        assert urlsplit(told["issuer"]).path == f"/{path}"
