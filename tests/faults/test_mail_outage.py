"""A mail server that is down, slow to trust and forgetful, and a poolkeep that waits for it."""

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.contract.mail_server import MailServer, closed_port
from tests.faults.nodes import rows_of
from tests.flows.in_process import Loop
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import an_email, unique
from tests.security.signing import SignedWire, root_key
from tests.support.server import Server, StartServer

ARRIVE_S: Final = 100.0  # a lease of a minute, and the longest pause between two tries
SIGN_UPS: Final = 60


class ForgetfulMailServer(MailServer):
    """Takes some messages and hangs up before it says so, once for each."""

    def __init__(self, port: int) -> None:
        super().__init__(port=port)
        self.forgot: set[str] = set()

    async def handle_DATA(  # noqa: N802  the name that the library calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(_server, _session, envelope)
        message_id = str(self.emails[-1]["Message-ID"])
        if len(self.received) % 4 == 0 and message_id not in self.forgot:
            self.forgot.add(message_id)
            assert isinstance(_server.transport, asyncio.Transport)
            _server.transport.abort()
        return answer


@contextlib.contextmanager
def running(server: MailServer) -> Iterator[MailServer]:
    """Run a mail server in a thread."""
    loop = Loop()
    loop.start()
    try:
        loop.run(_enter(server))
        yield server
        loop.run(_leave(server))
    finally:
        loop.stop()


async def _enter(server: MailServer) -> None:
    await server.__aenter__()


async def _leave(server: MailServer) -> None:
    await server.__aexit__()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def mailing(port: int) -> dict[str, str]:
    """Return the environment of a server that sends through a port of this machine."""
    return {"POOLKEEP_MAIL": f"smtp+insecure://127.0.0.1:{port}"}


def an_app_that_mails(server: Server, data: Path) -> App:
    wire = SignedWire(server.base_url, root_key(data))
    return an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))


def sign_up(app: App, count: int) -> dict[str, str]:
    """Sign people up; return names by address."""
    made = {}
    for _ in range(count):
        name, email = unique(), an_email()
        app.sign_up(name, email=email)
        made[email] = name
    return made


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + ARRIVE_S
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def recipients(server: MailServer) -> Counter[str]:
    return Counter(str(email["To"]) for email in server.emails)


def test_messages_wait_for_the_mail_server_and_each_arrives_once(
    start_server: StartServer, sqlite_url: str, tmp_path: Path
) -> None:
    port, data = closed_port(), tmp_path / "data"
    server = start_server(
        "--data", str(data), dev=False, database_url=sqlite_url, environment=mailing(port)
    )
    app = an_app_that_mails(server, data)
    people = sign_up(app, SIGN_UPS)
    waiting = rows_of(sqlite_url, "SELECT parked FROM outbox")
    assert waiting == [(0,)] * SIGN_UPS, "acknowledged, and on the way"
    server.kill()
    server.start()
    people |= sign_up(app, 5)
    assert len(rows_of(sqlite_url, "SELECT 1 FROM outbox")) == len(people)
    with running(MailServer(port=port)) as mail:
        until(lambda: len(mail.received) >= len(people), "some messages never arrived")
        until(lambda: not rows_of(sqlite_url, "SELECT 1 FROM outbox"), "some were not settled")
        assert recipients(mail) == Counter(dict.fromkeys(people, 1))
        for email in mail.emails[:5]:
            code = re.search(r"\d{6}", email.get_content())
            assert code is not None
            app.call("ConfirmSignUp", people[str(email["To"])], ConfirmationCode=code.group())


def test_a_mail_server_that_hangs_up_gets_no_message_more_than_twice(
    start_server: StartServer, tmp_path: Path
) -> None:
    port, data = closed_port(), tmp_path / "data"
    server = start_server(dev=False, environment=mailing(port))
    app = an_app_that_mails(server, data)
    people = sign_up(app, 10)
    mail = ForgetfulMailServer(port)
    with running(mail):
        people |= sign_up(app, 20)
        until(lambda: set(people) <= set(recipients(mail)), "some messages never arrived")
        wanted = len(people) + len(mail.forgot)
        until(lambda: len(mail.received) >= wanted, "what was forgotten was not sent again")
        assert mail.forgot
        assert set(recipients(mail)) == set(people)
        assert max(recipients(mail).values()) <= 2
        by_id = Counter(str(email["Message-ID"]) for email in mail.emails)
        assert len(by_id) == len(people), "a second delivery bears the same id"


def test_two_nodes_send_each_message_once(
    start_server: StartServer, postgres_url: str, tmp_path: Path
) -> None:
    port, data = closed_port(), tmp_path / "data"
    with running(MailServer(port=port)) as mail:
        servers = [
            start_server(
                *("--data", str(data)), dev=False, database_url=postgres_url,
                environment=mailing(port),
            )
            for _ in range(2)
        ]  # fmt: skip
        first = an_app_that_mails(servers[0], data)
        second = App(
            SignedWire(servers[1].base_url, root_key(data)), first.pool_id, first.client_id
        )
        people: dict[str, str] = {}
        for _ in range(20):
            people |= sign_up(first, 2) | sign_up(second, 2)
        until(lambda: len(mail.received) >= len(people), "some messages never arrived")
        until(lambda: not rows_of(postgres_url, "SELECT 1 FROM outbox"), "some were not settled")
        assert recipients(mail) == Counter(dict.fromkeys(people, 1))
