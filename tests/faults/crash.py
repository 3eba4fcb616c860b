"""Sign people up and in while the server is being killed, and remember what was acknowledged.

Each person goes through sign-up, confirmation, sign-in and recovery. When the connection breaks,
the outcome of the step is unknown and the step is tried again, as a careful client does: it may
be told that it succeeded the first time, and nothing may succeed twice.
"""

import dataclasses
import http.client
import threading
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from tests.sdk.builders import App, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import Connection, RefusedError, Reply, Wire, an_email, unique

T = TypeVar("T")

FIRST, SECOND = "First-Horse-7", "Second-Horse-7"
BROKEN: Final = (OSError, http.client.HTTPException)
UP_WITHIN_S: Final = 60.0
AWAY: Final = 503


@dataclasses.dataclass
class Person:
    """Somebody, and what the server has acknowledged."""

    name: str
    email: str
    password: str = FIRST
    signed_up: bool = False
    confirmed: bool = False
    signed_in: int = 0


class BrokenError(Exception):
    """The connection broke: nobody knows whether the step was taken."""


class CarefulWire(Wire):
    """A caller that sends nothing twice unasked, so that every doubt comes to light."""

    def exchange(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request once."""
        connection: Connection | None = getattr(self._local, "open", None)
        if connection is None:
            connection = self._local.open = Connection(*self._address, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
        except BROKEN:
            connection.close()
            self._local.open = None
            raise
        seen = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, seen, content)


class Crowd:
    """People who come until they are told to stop."""

    def __init__(self, app: App, code_of: Callable[[str], str | None]) -> None:
        """Use `app`; `code_of` tells the newest code that went to an address."""
        self.app = app
        self._code_of = code_of
        self.people: list[Person] = []
        self.mistakes: list[str] = []
        self.up = threading.Event()
        self.up.set()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, threads: int) -> None:
        """Let them come."""
        self._threads = [threading.Thread(target=self._come) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the last ones finish."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _come(self) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            person = Person(unique("crowd"), an_email())
            self.people.append(person)
            try:
                self._live(person, count)
            except Exception as error:  # noqa: BLE001  told to the test
                self.mistakes.append(f"{person}: {type(error).__name__} {error}")

    def _live(self, person: Person, count: int) -> None:
        self._sign_up(person)
        if count % 3 == 0:
            self._confirm(person)
            self._sign_in(person)
        if count % 12 == 0:
            self._prove(person)
            self._recover(person)

    # -- steps

    def _sign_up(self, person: Person) -> None:
        def step() -> None:
            self.app.sign_up(person.name, person.password, email=person.email)

        self._once(step, {"UsernameExistsException"})
        person.signed_up = True

    def _confirm(self, person: Person) -> None:
        code = self._code(person)

        def step() -> None:
            self.app.call("ConfirmSignUp", person.name, ConfirmationCode=code)

        self._once(step, {"NotAuthorizedException"})
        person.confirmed = True
        self._must_not(person, "its code", step)

    def _sign_in(self, person: Person) -> None:
        self._surely(lambda: self.app.sign_in(person.name, person.password))
        person.signed_in += 1

    def _prove(self, person: Person) -> None:
        """Sign in by SRP: a block that has given tokens gives none again, also after a crash."""
        srp = SrpClient(self.app.pool_id)

        def ask() -> dict[str, str]:
            asked = self.app.initiate("USER_SRP_AUTH", USERNAME=person.name, SRP_A=srp.public)
            parameters: dict[str, str] = asked["ChallengeParameters"]
            return parameters

        answers = srp.answers(self._surely(ask), person.password)

        def step() -> None:
            result_of(self.app.respond("PASSWORD_VERIFIER", None, **answers))

        self._once(step, {"NotAuthorizedException"})
        self._must_not(person, "its block", step)

    def _recover(self, person: Person) -> None:
        self._surely(lambda: self.app.call("ForgotPassword", person.name))
        code = self._code(person)

        def step() -> None:
            given = {"ConfirmationCode": code, "Password": SECOND}
            self.app.call("ConfirmForgotPassword", person.name, **given)

        self._once(step, {"ExpiredCodeException"})
        person.password = SECOND
        self._must_not(person, "its reset code", step)

    def _code(self, person: Person) -> str:
        assert self.up.wait(UP_WITHIN_S), "the server never came back"
        code = self._code_of(person.email)
        assert code is not None, "an acknowledged message is gone"
        return code

    # -- how a step is taken

    def _once(self, step: Callable[[], None], done_before: set[str]) -> None:
        """Take a step until its outcome is known; `done_before` tells that it was taken."""
        tried = False
        while True:
            try:
                self._try(step)
            except BrokenError:
                tried = True
                continue
            except RefusedError as refusal:
                if not (tried and refusal.code in done_before):
                    raise
            return

    def _must_not(self, person: Person, what: str, step: Callable[[], None]) -> None:
        """Take a step that was taken before, however often: it is refused."""
        for _ in range(2):
            try:
                self._try(step)
            except RefusedError:
                return
            except BrokenError:
                continue
            self.mistakes.append(f"{person.name} could use {what} twice")

    def _surely(self, step: Callable[[], T]) -> T:
        while True:
            try:
                return self._try(step)
            except BrokenError:
                continue

    def _try(self, step: Callable[[], T]) -> T:
        assert self.up.wait(UP_WITHIN_S), "the server never came back"
        try:
            return step()
        except BROKEN as error:
            raise BrokenError from error
        except RefusedError as refusal:
            if refusal.status == AWAY:
                raise BrokenError from refusal
            raise
