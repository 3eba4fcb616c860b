"""A browser at the bare address finds the inbox; clients of the API find the API."""

import http.client
import urllib.parse

import pytest


@pytest.mark.parametrize(
    "accept,status,target",
    [("text/html,*/*", 302, "/_poolkeep/inbox"), ("*/*", 400, None)],
)
def test_only_a_browser_is_sent_to_the_inbox(
    server_url: str, accept: str, status: int, target: str | None
) -> None:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server_url).netloc, timeout=10)
    try:
        connection.request("GET", "/", headers={"accept": accept})
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, answer.headers["location"]) == (status, target)
    finally:
        connection.close()
