"""Who calls the token endpoint, and how: docs/behaviours/oauth-attacks.md."""

import base64
import gzip
import json
from typing import Final
from urllib.parse import urlencode

import httpx2
import pytest

from tests.conformance.provider import Client, Provider
from tests.conformance.relying import Relying, basic
from tests.sdk.support import Json, holds, tampered, unique
from tests.security.oauth import browsing, call, client_refusal, refused, signed_in

FORM: Final = "application/x-www-form-urlencoded"
MEGABYTE: Final = 1 << 20


@pytest.fixture
def public(op: Provider) -> Client:
    """Return a client without a secret."""
    return op.new_client(GenerateSecret=False)


@pytest.fixture
def machine(op: Provider) -> tuple[Client, str]:
    """Return a client that has tokens of its own, and the scope that they have."""
    server = f"https://{unique('api')}.example.com"
    op.wire.call(
        "CreateResourceServer",
        UserPoolId=op.pool_id,
        Identifier=server,
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    scope = f"{server}/read"
    client = op.new_client(
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=[scope], CallbackURLs=[]
    )
    return client, scope


def post(op: Provider, content: bytes | str = b"", **headers: str) -> httpx2.Response:
    """Post to the token endpoint as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call("POST", op.metadata["token_endpoint"], content=content, headers=named)


def redemption(party: Relying, **more: str) -> dict[str, str]:
    """Return the form that redeems a fresh code, without a proof of the client."""
    party.authorize()
    return {
        "grant_type": "authorization_code",
        "code": party.answer().params["code"],
        "redirect_uri": party.client.redirect_uri,
        **more,
    }


def header(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@holds("OAU-10")
def test_a_confidential_client_proves_itself(party: Relying) -> None:
    client, status = party.client, client_refusal(party.op)
    assert client.secret is not None
    wrong = tampered(client.secret)
    proofs: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"client_id": client.id}, {}),
        ({"client_id": client.id, "client_secret": ""}, {}),
        ({"client_id": client.id, "client_secret": wrong}, {}),
        ({"client_id": client.id, "client_secret": f"{client.secret} "}, {}),
        ({"client_id": "0" * 26, "client_secret": client.secret}, {}),
        ({}, {"Authorization": header(client.id, wrong)}),
        ({}, {"Authorization": header(client.id, "")}),
        ({}, {"Authorization": header("", client.secret)}),
        ({}, {"Authorization": header(client.id, f"{client.secret}\0")}),
    ]
    for form, headers in proofs:
        text = urlencode({**redemption(party), **form})
        refused(post(party.op, text, Content_Type=FORM, **headers), "invalid_client", status=status)


@holds("OAU-10")
@pytest.mark.parametrize(
    "value",
    ["Basic", "Basic !", "Basic =", "Basic bm9jb2xvbg==", "Bearer x", "Negotiate", "Basic /w=="],
)
def test_a_garbled_header_proves_nothing(party: Relying, value: str) -> None:
    text = urlencode(redemption(party))
    answer = post(party.op, text, Content_Type=FORM, Authorization=value)
    refused(answer, "invalid_client", "invalid_request", status=client_refusal(party.op))


@holds("OAU-10")
def test_header_and_form_agree(party: Relying, op: Provider) -> None:
    right, other = op.client, op.client2
    for form in ({"client_id": other.id}, {"client_id": right.id, "client_secret": "other"}):
        text = urlencode({**redemption(party), **form})
        answer = post(op, text, Content_Type=FORM, **basic(right))
        refused(answer, "invalid_request", "invalid_client", status=client_refusal(op))


@holds("OAU-10")
def test_a_proof_comes_once(party: Relying) -> None:
    """Of two headers somebody before us may have looked at the other one."""
    right, wrong = basic(party.client)["Authorization"], header(party.client.id, "wrong")
    text = urlencode(redemption(party))
    for both in ((right, wrong), (wrong, right), (right, right), ("Bearer x", right)):
        headers = [("Content-Type", FORM), *(("Authorization", one) for one in both)]
        answer = call("POST", party.op.metadata["token_endpoint"], content=text, headers=headers)
        refused(answer, "invalid_request")
    assert post(party.op, text, Content_Type=FORM, Authorization=right).status_code == 200


@holds("OAU-10")
def test_a_header_with_escapes_proves_the_same(party: Relying) -> None:
    client = party.client
    escaped = "".join(f"%{ord(char):02X}" for char in client.id)
    text = urlencode(redemption(party))
    answer = post(
        party.op, text, Content_Type=FORM, Authorization=header(escaped, client.secret or "")
    )
    assert answer.status_code == 200, answer.text


@holds("OAU-10")
def test_a_public_client_has_no_secret(op: Provider, public: Client) -> None:
    with signed_in(op, public) as party:
        for form, headers in (
            ({"client_id": public.id, "client_secret": "x"}, {}),
            ({}, {"Authorization": header(public.id, "x")}),
        ):
            text = urlencode({**redemption(party), **form})
            answer = post(op, text, Content_Type=FORM, **headers)
            refused(answer, "invalid_client", status=client_refusal(op))
        refused(
            post(op, urlencode(redemption(party)), Content_Type=FORM),
            *("invalid_client", "invalid_request"),
            status=client_refusal(op),
        )
        text = urlencode({**redemption(party), "client_id": public.id})
        assert post(op, text, Content_Type=FORM).status_code == 200


@holds("OAU-10")
def test_a_secret_that_was_removed_proves_nothing(op: Provider) -> None:
    client = op.new_client()
    named = {"UserPoolId": op.pool_id, "ClientId": client.id}
    spent: list[Client] = []
    with signed_in(op, client) as party:
        for _ in range(2):
            added = op.wire.call("AddUserPoolClientSecret", **named)["ClientSecretDescriptor"]
            listed = op.wire.call("ListUserPoolClientSecrets", **named)["ClientSecrets"]
            (old,) = {one["ClientSecretId"] for one in listed} - {added["ClientSecretId"]}
            assert redeemed_as(party, client) == 200
            op.wire.call("DeleteUserPoolClientSecret", **named, ClientSecretId=old)
            spent.append(client)
            client = Client(client.id, added["ClientSecretValue"])
            assert redeemed_as(party, client) == 200
        for one in spent:
            assert redeemed_as(party, one) in client_refusal(op)


def redeemed_as(party: Relying, client: Client) -> int:
    """Redeem a fresh code with this secret; return the status."""
    text = urlencode(redemption(party))
    return post(party.op, text, Content_Type=FORM, **basic(client)).status_code


@holds("OAU-10")
def test_a_machine_proves_itself_and_gets_scopes_of_servers_only(
    op: Provider, machine: tuple[Client, str]
) -> None:
    client, _ = machine
    grant = {"grant_type": "client_credentials"}
    with browsing(op, client) as party:
        assert party.token(**grant).status_code == 200
        for scope in ("openid", "email profile", "aws.cognito.signin.user.admin", "other/read"):
            refused(party.token(**grant, scope=scope), "invalid_scope")
    for proof in (Client(client.id, None), Client(client.id, "wrong")):
        with browsing(op, proof) as party:
            refused(party.token(**grant), "invalid_client", status=client_refusal(op))
    with browsing(op) as party:
        refused(party.token(**grant), "unauthorized_client")


@holds("OAU-11")
def test_a_machine_has_no_pages(party: Relying, machine: tuple[Client, str]) -> None:
    client, scope = machine
    at = party.authorize(client_id=client.id, scope=scope)
    assert getattr(at, "status", 0) >= 400, at


@holds("OAU-27")
@pytest.mark.parametrize("kind", ["json", "multipart", "gzip", "text", "none", "xml"])
def test_only_a_form_is_read(party: Relying, kind: str) -> None:
    form = redemption(party, client_id=party.client.id, client_secret=party.client.secret or "")
    plain = urlencode(form).encode()
    content, headers = {
        "json": (json.dumps(form).encode(), {"Content-Type": "application/json"}),
        "multipart": _multipart(form),
        "gzip": (gzip.compress(plain), {"Content-Type": FORM, "Content-Encoding": "gzip"}),
        "text": (plain, {"Content-Type": "text/plain"}),
        "none": (plain, {}),
        "xml": (plain, {"Content-Type": "application/xml"}),
    }[kind]
    answer = call("POST", party.op.metadata["token_endpoint"], content=content, headers=headers)
    if kind == "gzip":  # nothing compressed gets as far as the endpoint
        assert answer.status_code == 415
        assert "access_token" not in answer.text
    else:
        refused(answer, "invalid_request", "invalid_client", status=(400, 401))


def _multipart(form: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    )
    return f"{parts}--b--\r\n".encode(), {"Content-Type": "multipart/form-data; boundary=b"}


@holds("OAU-27")
def test_a_charset_is_no_other_type(party: Relying) -> None:
    form = redemption(party, client_id=party.client.id, client_secret=party.client.secret or "")
    answer = post(party.op, urlencode(form), Content_Type=f"{FORM}; charset=UTF-8")
    assert answer.status_code == 200, answer.text


@holds("OAU-27")
@pytest.mark.parametrize("path", ["token", "revoke", "userInfo"])
def test_methods_and_bodies_that_no_client_sends(op: Provider, path: str) -> None:
    url = op.at(f"/oauth2/{path}")
    for method in ("PUT", "DELETE", "PATCH", *(() if path == "userInfo" else ("GET",))):
        answer = call(method, url)
        assert answer.status_code == 405, (method, answer.status_code)
        assert answer.headers["allow"]
    if path == "userInfo":
        return
    for content in (b"", b"&", b"=", b"\xff\xfe=\x00", b"a" * 1000, b"%zz=%"):
        answer = call("POST", url, content=content, headers={"Content-Type": FORM})
        refused(answer, "invalid_request", "invalid_client", status=(400, 401))
    answer = call("POST", url, content=b"a=" + b"x" * MEGABYTE, headers={"Content-Type": FORM})
    assert answer.status_code in {400, 401, 413}


@holds("OAU-17")
@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret"]
)
def test_a_parameter_comes_once(party: Relying, name: str) -> None:
    client: dict[str, Json] = {
        "client_id": party.client.id,
        "client_secret": party.client.secret or "",
    }
    form = {**redemption(party), **client}
    text = f"{urlencode(form)}&{urlencode({name: form[name]})}"
    refused(post(party.op, text, Content_Type=FORM), "invalid_request")


@holds("OAU-17")
def test_nothing_of_the_query_is_read(party: Relying) -> None:
    form = redemption(party, client_id=party.client.id, client_secret=party.client.secret or "")
    url = f"{party.op.metadata['token_endpoint']}?{urlencode(form)}"
    answer = call("POST", url, headers={"Content-Type": FORM})
    refused(answer, "invalid_request", "invalid_client", status=(400, 401))


@holds("OAU-29")
@pytest.mark.parametrize(
    "grant",
    [
        *("password", "implicit", "", "AUTHORIZATION_CODE", "authorization_code "),
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ],
)
def test_no_other_grant(party: Relying, grant: str) -> None:
    answer = party.token(grant_type=grant, username=party.op.username, password=party.op.password)
    refused(answer, "unsupported_grant_type", "invalid_request")
