"""Who asks the token endpoint, and how: docs/behaviours/oauth-tokens.md."""

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    CALLBACK,
    FORM,
    OIDC,
    READ,
    STRICT,
    WRITE,
    Party,
    Told,
    a_domain,
    a_machine,
    a_party,
)
from tests.sdk.support import Json, claims_of, holds

ENDPOINTS = ["/oauth2/token", "/oauth2/revoke"]
ASK = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    folder: Path = tmp_path_factory.mktemp("oauth")
    with serving(folder) as wire:
        yield wire


@pytest.fixture(scope="module")
def machine(wire: InProcessWire) -> Party:
    """Return a client of a compat pool."""
    return a_machine(wire, a_domain(wire))


@pytest.fixture(scope="module")
def strict(wire: InProcessWire) -> Party:
    """Return a client of a strict pool."""
    return a_machine(wire, a_domain(wire, UserPoolTags=STRICT))


def claiming(party: Party, text: str, form: dict[str, Json] | None = None) -> Told:
    """Ask with a Basic header of this text."""
    header = {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
    return party.post("/oauth2/token", {**ASK, **(form or {})}, header, anonymous=True)


@holds("OTOKEN-01")
def test_a_secret_may_stand_in_the_header_or_in_the_form(machine: Party) -> None:
    app = machine.app
    in_form = {"client_id": app.client_id, "client_secret": app.secret}
    assert machine.token(**ASK).status == 200
    assert machine.post("/oauth2/token", {**ASK, **in_form}, anonymous=True).status == 200
    assert claiming(machine, f"{app.client_id}:{app.secret}").status == 200
    lower = {"Authorization": machine.basic()["Authorization"].replace("Basic", "basic")}
    assert machine.post("/oauth2/token", ASK, lower, anonymous=True).status == 200


@holds("OTOKEN-01")
@pytest.mark.parametrize("secret", ["s" * 24, "plus+" * 6, "++++++++++++++++++++++++++"])
def test_a_secret_of_ones_own_is_read_raw_or_encoded(machine: Party, secret: str) -> None:
    named = {"UserPoolId": machine.pool_id, "ClientId": machine.app.client_id}
    made = machine.wire.call("AddUserPoolClientSecret", **named, ClientSecret=secret)
    try:
        client_id = machine.app.client_id
        assert claiming(machine, f"{client_id}:{secret}").status == 200
        encoded = machine.basic(client_id, secret)
        assert machine.post("/oauth2/token", ASK, encoded, anonymous=True).status == 200
        assert machine.token(**ASK).status == 200  # the first one is alive, too
    finally:
        added = made["ClientSecretDescriptor"]["ClientSecretId"]
        machine.wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=added)
    assert claiming(machine, f"{client_id}:{secret}").error == (400, "invalid_client")


@holds("OTOKEN-01", "OTOKEN-03")
def test_a_client_without_a_secret_sends_its_id(wire: InProcessWire) -> None:
    pool_id = a_domain(wire)
    public = a_party(wire, pool_id, GenerateSecret=False)
    code = public.code(public.user())
    named = {"client_id": public.app.client_id}
    redeeming = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    for wrong in ({**named, "client_secret": "x" * 30}, {}, {"client_id": ""}):
        told = public.post("/oauth2/token", {**redeeming, **wrong}, anonymous=True)
        assert told.error == (400, "invalid_client")
    header = {"Authorization": public.basic(secret="x" * 30)["Authorization"]}
    assert public.post("/oauth2/token", redeeming, header, anonymous=True).error == (
        400, "invalid_client",
    )  # fmt: skip
    assert claiming(public, f"{public.app.client_id}:", redeeming).status == 200


@holds("OTOKEN-02")
def test_header_and_form_must_agree(machine: Party, strict: Party) -> None:
    client_id, secret = machine.app.client_id, machine.app.secret
    assert machine.token(**ASK, client_id=client_id).status == 200
    assert machine.token(**ASK, client_id="another").error == (400, "invalid_request")
    both = {"client_id": client_id, "client_secret": secret}
    assert machine.token(**ASK, **both).status == 200
    assert machine.token(**ASK, client_secret="x" * 30).error == (400, "invalid_request")
    told = strict.token(**ASK, client_secret=strict.app.secret)
    assert told.error == (400, "invalid_request")


@holds("OTOKEN-03")
@pytest.mark.parametrize(
    "text",
    ["unknown:secret", ":", "no colon", "{id}:", "{id}:wrong", "{other}:{others}", "\0:\0", "é:é"],
)
def test_whoever_does_not_prove_a_client_is_refused(
    machine: Party, strict: Party, text: str
) -> None:
    elsewhere = {"other": strict.app.client_id, "others": strict.app.secret}
    told = claiming(machine, text.format(id=machine.app.client_id, **elsewhere))
    assert told.error == (400, "invalid_client")
    assert "www-authenticate" not in told.reply.headers
    elsewhere = {"other": machine.app.client_id, "others": machine.app.secret}
    told = claiming(strict, text.format(id=strict.app.client_id, **elsewhere))
    assert told.error == (401, "invalid_client")
    assert told.reply.headers["www-authenticate"].startswith("Basic ")


@holds("OTOKEN-03")
@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic w6k", "Bearer x", "x" * 5_000])
def test_headers_that_prove_nothing(machine: Party, header: str) -> None:
    told = machine.post("/oauth2/token", ASK, {"Authorization": header}, anonymous=True)
    assert told.error == (400, "invalid_client")


@holds("OTOKEN-04")
def test_secrets_cannot_be_guessed(wire: InProcessWire, machine: Party) -> None:
    guessed = a_machine(wire, machine.pool_id)
    for guess in range(10):
        told = claiming(guessed, f"{guessed.app.client_id}:{guess:030d}")
        assert told.error == (400, "invalid_client")
    told = guessed.token(**ASK)
    assert told.error == (429, "temporarily_unavailable")
    assert told.reply.headers["retry-after"] == "60"
    assert machine.token(**ASK).status == 200


@holds("OTOKEN-05")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "kind, body",
    [
        ("application/json", b'{"grant_type":"client_credentials"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b"grant_type=client_credentials"),
        (FORM, b""),
        (FORM, b"grant_type=%zz"),
        (FORM, b"grant_type=client_credentials&grant_type=client_credentials&token=a&token=a"),
        (FORM, b"&".join(b"a%d=1" % each for each in range(300))),
        (FORM, b"\xff=\xff"),
        (FORM, b"scope=%00"),
    ],
)
def test_bodies_that_are_no_form(machine: Party, endpoint: str, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind, **machine.basic()}
    told = Told(machine.wire.exchange("POST", machine.at(endpoint), body, headers))
    assert told.error == (400, "invalid_request")
    assert told.reply.headers["access-control-allow-origin"] == "*"


@holds("OTOKEN-05")
def test_a_compressed_body_and_a_secret_in_the_address(machine: Party) -> None:
    body = gzip.compress(b"grant_type=client_credentials")
    headers = {"Content-Type": FORM, "Content-Encoding": "gzip", **machine.basic()}
    path = machine.at("/oauth2/token")
    packed = Told(machine.wire.exchange("POST", path, body, headers))
    assert packed.error == (400, "invalid_request")
    told = machine.post(f"/oauth2/token?client_secret={machine.app.secret}", ASK)
    assert told.error == (400, "invalid_request")


@holds("OTOKEN-05")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endless_body_and_other_methods(machine: Party, endpoint: str) -> None:
    headers = {"Content-Type": FORM, **machine.basic()}
    body = b"grant_type=" + b"x" * 1_000_000
    assert Told(machine.wire.exchange("POST", machine.at(endpoint), body, headers)).error == (
        413, "invalid_request",
    )  # fmt: skip
    for method in ("GET", "PUT", "DELETE"):
        reply = machine.wire.exchange(method, machine.at(endpoint))
        assert (reply.status, reply.headers["allow"]) == (405, "OPTIONS, POST")


@holds("OTOKEN-05")
def test_a_parameter_comes_once(machine: Party) -> None:
    for name in ("scope", "grant_type", "resource", "unknown"):
        pairs = [*ASK.items(), (name, "a"), (name, "a")]
        assert machine.post("/oauth2/token", pairs).error == (400, "invalid_request")


@holds("OTOKEN-06")
def test_answers_are_not_kept_and_scripts_may_read_them(machine: Party) -> None:
    for told in (
        machine.token(**ASK),
        machine.token(),
        machine.post("/oauth2/revoke", {"token": "x"}),
        machine.post("/oauth2/revoke"),
        machine.get("/oauth2/userInfo"),
    ):
        headers = told.reply.headers
        assert "no-store" in headers["cache-control"]
        assert headers["pragma"] == "no-cache"
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers


@holds("OTOKEN-06")
@pytest.mark.parametrize("endpoint", [*ENDPOINTS, "/oauth2/userInfo"])
@pytest.mark.parametrize("asked", ["content-type, x-amz-user-agent", "", "x\x80", "a" * 2_000])
def test_the_preflight_allows_what_amplify_sends(machine: Party, endpoint: str, asked: str) -> None:
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    if asked:
        headers["Access-Control-Request-Headers"] = asked
    reply = machine.wire.exchange("OPTIONS", machine.at(endpoint), headers=headers)
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "*")
    assert "x-amz-user-agent" in reply.headers["access-control-allow-headers"]
    assert "OPTIONS" in reply.headers["access-control-allow-methods"]
    assert int(reply.headers["access-control-max-age"]) > 0


@holds("OTOKEN-40", "OTOKEN-41")
def test_a_machine_gets_the_scopes_that_it_may_have(machine: Party, strict: Party) -> None:
    told = machine.token(**ASK)
    assert set(told.members) == {"access_token", "expires_in", "token_type"}
    assert told["token_type"] == "Bearer"
    for asked, granted in (
        (READ, READ),
        (f"{WRITE} {READ} {WRITE}", f"{WRITE} {READ}"),
        (f"{READ} openid nonsense", READ),
    ):
        answer = machine.token(**ASK, scope=asked)
        assert claims_of(answer["access_token"])["scope"] == granted
        differs = set(asked.split()) != set(granted.split())
        assert answer.members.get("scope") == (granted if differs else None)
    assert machine.token(**ASK, scope="openid").error == (400, "invalid_scope")
    assert machine.token(**ASK, scope="api.example/delete\n").error == (400, "invalid_scope")
    assert strict.token(**ASK)["scope"] == f"{READ} {WRITE}"


@holds("OTOKEN-41")
def test_a_scope_that_is_gone_is_passed_over(wire: InProcessWire) -> None:
    machine = a_machine(wire, a_domain(wire))
    named = {"UserPoolId": machine.pool_id, "Identifier": "api.example"}
    kept = [{"ScopeName": "read", "ScopeDescription": "read"}]
    wire.call("UpdateResourceServer", **named, Name="API", Scopes=kept)
    assert machine.token(**ASK, scope=f"{READ} {WRITE}")["scope"] == READ
    wire.call("DeleteResourceServer", **named)
    assert machine.token(**ASK).error == (400, "invalid_scope")


@holds("OTOKEN-40")
def test_users_clients_do_not_speak_for_themselves(machine: Party, wire: InProcessWire) -> None:
    party = a_party(wire, machine.pool_id, AllowedOAuthScopes=[*OIDC, READ])
    assert party.token(**ASK).error == (400, "unauthorized_client")


@holds("OTOKEN-42")
@pytest.mark.parametrize("text", ["{", "[]", '"a"', '{"a": 1}', "null", "%7B"])
def test_metadata_is_an_object_of_texts(machine: Party, text: str) -> None:
    assert machine.token(**ASK, aws_client_metadata=text).error == (400, "invalid_request")
    assert machine.token(**ASK, aws_client_metadata='{"a":"b"}').status == 200
