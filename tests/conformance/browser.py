"""A browser without scripts or a window: it keeps cookies, follows redirects, and fills forms."""

import dataclasses
import html.parser
import ssl
import types
from collections.abc import Mapping
from typing import Final, Self, TypeAlias
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from tests.conformance.verdicts import FailedError

REDIRECTS_MAX: Final = 12
SERVER_ERROR: Final = 500
PLACES: Final = ("query", "fragment", "form_post")
TRUST: Final = ssl.create_default_context()
"""Whom to trust, read once: reading it costs a client 50 ms."""


@dataclasses.dataclass
class Form:
    """A form of a page. `fields` are sent as they stand, `buttons` only when pressed."""

    action: str
    method: str
    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    types: dict[str, str] = dataclasses.field(default_factory=dict)
    buttons: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Page:
    """What the provider showed."""

    url: str
    status: int
    headers: httpx2.Headers
    text: str
    forms: tuple[Form, ...] = ()
    links: tuple[str, ...] = ()

    def form(self, *fields: str) -> Form:
        """Return the form with these fields."""
        for form in self.forms:
            if all(name in form.fields for name in fields):
                return form
        shown = [(form.action, sorted(form.fields)) for form in self.forms]
        raise AssertionError(f"{self.url} ({self.status}) has no form with {fields}: {shown}")


@dataclasses.dataclass(frozen=True)
class Landing:
    """The client's address, reached with parameters in one of `PLACES`."""

    url: str
    place: str
    params: dict[str, str]
    headers: httpx2.Headers

    @property
    def address(self) -> str:
        """Return the address without what the provider added to it, be it a query or a fragment."""
        return self.url.partition("#")[0].partition("?")[0]


Arrival: TypeAlias = Page | Landing


class _Reader(html.parser.HTMLParser):
    """Finds forms and links."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._url = url
        self._open: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            where = urljoin(self._url, at["action"]) if at.get("action") else self._url
            self._open = Form(where, at.get("method", "get").upper())
            self.forms.append(self._open)
        elif tag == "a" and "href" in at:
            self.links.append(urljoin(self._url, at["href"]))
        elif self._open is not None and at.get("name"):
            self._field(self._open, tag, at)
        elif tag == "option" and self._select is not None and self._open is not None:
            chosen = self._open.fields[self._select]
            self._open.fields[self._select] = (
                at.get("value", "") if "selected" in at or not chosen else chosen
            )

    def _field(self, form: Form, tag: str, at: dict[str, str]) -> None:
        name, kind = at["name"], at.get("type", "text" if tag == "input" else "submit").lower()
        if tag == "button" or (tag == "input" and kind in {"submit", "image"}):
            form.buttons.setdefault(name, at.get("value", ""))
        elif tag == "input":
            form.types[name] = kind
            if kind not in {"checkbox", "radio"} or "checked" in at:
                form.fields[name] = at.get("value", "")
            else:
                form.fields.setdefault(name, "")
        elif tag == "select":
            self._select = name
            form.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None


class Browser:
    """One browser, at one provider: whatever leads elsewhere is a landing, and is not visited."""

    def __init__(self, base: str) -> None:
        """Stay below `base`."""
        self.base = base
        self.client = httpx2.Client(timeout=60, follow_redirects=False, verify=TRUST)
        self.trail: list[str] = []
        self.at: Arrival | None = None

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Close."""
        self.client.close()

    def go(self, url: str, form: Mapping[str, str] | None = None) -> Arrival:
        """Visit an address, or post a form to it; follow redirects while they stay here."""
        self.trail = [url]
        request = (
            self.client.build_request("GET", url)
            if form is None
            else self.client.build_request("POST", url, data=dict(form))
        )
        self.at = self._arrive(request)
        return self.at

    def once(self, url: str) -> httpx2.Response:
        """Visit an address and return the answer as it is."""
        return self.client.get(url)

    def submit(self, form: Form, *, press: str | None = None, **values: str) -> Arrival:
        """Send a form filled in; its only button is pressed unless `press` names one."""
        unknown = set(values) - set(form.fields)
        assert not unknown, f"{form.action} has no {unknown}: {sorted(form.fields)}"
        pressed = press or (next(iter(form.buttons)) if len(form.buttons) == 1 else None)
        kept = {
            name: value
            for name, value in {**form.fields, **values}.items()
            if value or form.types.get(name) not in {"checkbox", "radio"}
        }
        if pressed is not None:
            kept[pressed] = form.buttons[pressed]
        if form.method == "GET":
            address = form.action.partition("?")[0]
            return self.go(f"{address}?{httpx2.QueryParams(kept)}")
        return self.go(form.action, kept)

    def sign_in(self, username: str, password: str) -> Arrival:
        """Fill in the sign-in form that is shown."""
        shown = self.page()
        form = shown.form("username", "password")
        button = next((name for name in form.buttons if "sign" in name.lower()), None)
        return self.submit(form, press=button, username=username, password=password)

    def page(self) -> Page:
        """Return the page that is shown; a landing is none."""
        assert isinstance(self.at, Page), self.at
        return self.at

    def landing(self) -> Landing:
        """Return where the browser left the provider."""
        assert isinstance(self.at, Landing), self._shown()
        return self.at

    @property
    def signed_in(self) -> bool:
        """Whether the browser holds a session cookie with something in it."""
        return any(one.name.endswith("cognito") and one.value for one in self.client.cookies.jar)

    def _shown(self) -> str:
        at = self.at
        return f"{at.url}: {at.status}\n{at.text[:2000]}" if isinstance(at, Page) else repr(at)

    def _arrive(self, request: httpx2.Request) -> Arrival:
        for _ in range(REDIRECTS_MAX):
            answer = self.client.send(request)
            if not answer.is_redirect:
                return self._read(answer)
            target = urljoin(str(answer.url), answer.headers["location"])
            self.trail.append(target)
            if not self._is_here(target):
                return _landed(target, answer.headers)
            request = self.client.build_request("GET", target)
        raise AssertionError(f"more than {REDIRECTS_MAX} redirects: {self.trail}")

    def _is_here(self, url: str) -> bool:
        return url == self.base or url.startswith((f"{self.base}/", f"{self.base}?"))

    def _read(self, answer: httpx2.Response) -> Arrival:
        url = str(answer.url)
        if answer.status_code >= SERVER_ERROR:  # nothing that a module asks for
            raise FailedError(f"a defect: {answer.status_code}")
        reader = _Reader(url)
        if "html" in answer.headers.get("content-type", ""):
            reader.feed(answer.text)
        away = [form for form in reader.forms if not self._is_here(form.action)]
        if away:  # the page that posts an answer to the client
            only = away[0]
            assert only.method == "POST", only
            return Landing(only.action, "form_post", only.fields, answer.headers)
        forms, links = tuple(reader.forms), tuple(reader.links)
        return Page(url, answer.status_code, answer.headers, answer.text, forms, links)


def _landed(url: str, headers: httpx2.Headers) -> Landing:
    parts = urlsplit(url)
    place = "fragment" if parts.fragment else "query"
    text = parts.fragment or parts.query
    return Landing(url, place, dict(parse_qsl(text, keep_blank_values=True)), headers)
