"""A mail server that is away for an hour, while a thousand people sign up and we are killed."""

import time
from pathlib import Path

import pytest

from tests.contract.mail_server import MailServer, closed_port
from tests.faults.test_mail_outage import (
    an_app_that_mails,
    mailing,
    recipients,
    running,
    sign_up,
    until,
)
from tests.support.server import StartServer

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
OUTAGE_S = 3600.0
SIGN_UPS = 1_000


def test_every_message_of_an_outage_arrives_once_or_twice(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    port, data = closed_port(), tmp_path / "data"
    server = start_server(
        "--data", str(data), dev=False, database_url=database_url, environment=mailing(port)
    )
    app = an_app_that_mails(server, data)
    people: dict[str, str] = {}
    began = time.monotonic()
    while len(people) < SIGN_UPS:
        people |= sign_up(app, 20)
        time.sleep(OUTAGE_S / SIGN_UPS * 20)
        if len(people) % 200 == 0:
            server.kill()
            server.start()
    assert time.monotonic() - began >= OUTAGE_S * 0.9
    with running(MailServer(port=port)) as mail:
        until(lambda: len(mail.received) > SIGN_UPS // 10, "nothing arrives")
        server.kill()  # in the middle of the delivery
        server.start()
        until(lambda: set(people) <= set(recipients(mail)), "some messages never arrived")
        assert max(recipients(mail).values()) <= 2
