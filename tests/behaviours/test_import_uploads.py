"""Where the file of an import job goes: docs/behaviours/imports.md."""

import socket
import time
import urllib.parse
from collections.abc import Callable
from typing import Final

import pytest

from tests.sdk.builders import a_pool
from tests.sdk.importing import ENCRYPTION, Imports, counts, people
from tests.sdk.support import Reply, Wire, holds

MB: Final = 1024 * 1024


@pytest.fixture(scope="module")
def imports(wire: Wire) -> Imports:
    """Return the imports of a pool that verifies e-mail addresses."""
    return Imports(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))


def code_of(reply: Reply) -> tuple[int, str]:
    body = reply.body.decode()
    return reply.status, body.partition("<Code>")[2].partition("</Code>")[0]


def target(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


@holds("IMPORT-20")
def test_a_later_file_takes_the_place_of_an_earlier_one(imports: Imports) -> None:
    early, late = people(2)
    job = imports.create()
    for row in (early, late):
        reply = imports.upload(job, imports.csv([row]))
        assert (reply.status, reply.body) == (200, b"")
        assert reply.headers["etag"].startswith('"')
    imports.about("StartUserImportJob", job["JobId"])
    assert counts(imports.finished(job["JobId"])) == (1, 0, 0)
    found = imports.wire.call(
        "AdminGetUser", UserPoolId=imports.pool_id, Username=late["cognito:username"]
    )
    assert found["UserStatus"] == "RESET_REQUIRED"


@holds("IMPORT-21")
def test_a_url_is_good_for_its_own_job_with_its_own_header(imports: Imports) -> None:
    job, other = imports.create(), imports.create()
    file = imports.csv(people(1))
    for headers in ({}, {"x-amz-server-side-encryption": "AES256"}):
        assert code_of(imports.upload(job, file, headers)) == (403, "SignatureDoesNotMatch")
    url = job["PreSignedUrl"]
    changes: list[Callable[[str], str]] = [
        lambda text: text.replace(job["JobId"], other["JobId"]),
        lambda text: text.replace("X-Amz-Date=1", "X-Amz-Date=2"),
        lambda text: text.replace("X-Amz-Date=", "X-Amz-Date=x"),
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text[:-1],
        lambda text: text.partition("?")[0],
        lambda text: f"{text.partition('?')[0]}?X-Amz-Date=%C3%A9&X-Amz-Signature=%FF",
    ]
    for change in changes:
        reply = imports.wire.exchange("PUT", target(change(url)), file, ENCRYPTION)
        assert code_of(reply) == (403, "SignatureDoesNotMatch"), change(url)
    for path in (
        target(url.replace(imports.pool_id, "us-east-1_Nothing00")),
        "/_poolkeep/imports/",
        "/_poolkeep/imports/%00/%00?X-Amz-Date=1",
    ):
        assert code_of(imports.wire.exchange("PUT", path, file, ENCRYPTION)) == (
            403,
            "AccessDenied",
        )
    assert "file" not in imports.describe(job["JobId"])
    for method in ("POST", "GET", "DELETE"):
        reply = imports.wire.exchange(method, target(url), b"", ENCRYPTION)
        assert code_of(reply) == (405, "MethodNotAllowed")


@holds("IMPORT-21")
def test_a_job_that_was_started_takes_no_file(imports: Imports) -> None:
    job = imports.create()
    file = imports.csv(people(1))
    imports.upload(job, file)
    imports.about("StartUserImportJob", job["JobId"])
    assert code_of(imports.upload(job, file)) == (403, "AccessDenied")
    imports.finished(job["JobId"])
    assert code_of(imports.upload(job, file)) == (403, "AccessDenied")


def put(imports: Imports, url: str, *, length: str) -> socket.socket:
    """Begin to send a file of a length."""
    address = urllib.parse.urlsplit(imports.wire.base_url)
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    head = (
        f"PUT {target(url)} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"x-amz-server-side-encryption: aws:kms\r\n{length}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


@holds("IMPORT-22")
def test_a_file_has_100_megabytes_at_most(imports: Imports) -> None:
    url = imports.create()["PreSignedUrl"]
    with put(imports, url, length=f"Content-Length: {100 * MB + 1}") as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


@holds("IMPORT-22")
def test_a_file_without_a_stated_length_is_measured(imports: Imports) -> None:
    url = imports.create()["PreSignedUrl"]
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with put(imports, url, length="Transfer-Encoding: chunked") as connection:
        try:
            for _ in range(100 * 16 + 64):
                connection.sendall(piece)
        except OSError:
            pass  # refused while we were sending
        answer = connection.recv(4096)
    assert answer[9:12] in {b"413", b"400"}, answer


@holds("IMPORT-23")
def test_a_file_that_arrives_in_part_is_no_file(imports: Imports) -> None:
    job = imports.create()
    file = imports.csv(people(50))
    with put(imports, job["PreSignedUrl"], length=f"Content-Length: {len(file)}") as connection:
        connection.sendall(file[:-1])
    end = time.monotonic() + 2
    while time.monotonic() < end:
        reply = imports.wire.send(
            "StartUserImportJob",
            f'{{"UserPoolId":"{imports.pool_id}","JobId":"{job["JobId"]}"}}'.encode(),
        )
        assert reply.json()["__type"] == "PreconditionNotMetException"
    assert imports.upload(job, file).status == 200


def test_other_addresses_take_no_large_body(imports: Imports) -> None:
    length = {"Content-Length": str(3 * MB)}  # refused for what it announces, before it is sent
    assert imports.wire.exchange("PUT", "/_poolkeep/health", b"", length).status == 413
    assert imports.wire.exchange("POST", "/", b"", length).status == 413
