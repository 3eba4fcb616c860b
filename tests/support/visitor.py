"""Somebody in front of hosted pages, with a browser that has cookies and forms and no scripts."""

import http.client
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from typing import Any, Final, NamedTuple

STEPS_MAX: Final = 12
REDIRECTS: Final = {301, 302, 303, 307, 308}


class Seen(NamedTuple):
    """One answer: the address it came from, and all of it."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def forms(self) -> list["Form"]:
        """Return the forms of the page."""
        return forms_of(self.text, self.url)

    def form(self, *fields: str) -> "Form":
        """Return the first form that has all of these fields."""
        for form in self.forms:
            if all(field in form.fields for field in fields):
                return form
        raise AssertionError(f"no form with {fields} at {self.url}:\n{self.text[:2000]}")


class Form(NamedTuple):
    """A form: where it goes to, and its fields with what stands in them."""

    action: str
    method: str
    fields: dict[str, str]


class Visitor:
    """A browser: keeps cookies, follows redirects when told to, never runs a script."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Begin without cookies; `context` says which certificates to trust."""
        self.cookies = http.cookiejar.CookieJar()
        handlers: list[urllib.request.BaseHandler] = [
            _AsItIs(),
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
        ]
        if context is not None:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, url: str, form: dict[str, str] | None = None, *, authorization: str = "") -> Seen:
        """Send one request and return the answer, be it a redirect."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data=body, headers={"Accept": "text/html,*/*;q=0.8"})
        if authorization:
            request.add_header("Authorization", authorization)
        with self._opener.open(request, timeout=60) as reply:
            text = reply.read().decode("utf-8", "replace")
            return Seen(url, reply.status, reply.headers, text)

    def visit(self, url: str, form: dict[str, str] | None = None, *, until: str = "\0") -> Seen:
        """Follow redirects to a page, or up to an address that begins with `until`.

        That address is not asked: it is the `url` of what is returned, with status 0.
        """
        for _ in range(STEPS_MAX):
            if url.startswith(until):
                return Seen(url, 0, http.client.HTTPMessage(), "")
            seen = self.ask(url, form)
            if seen.status not in REDIRECTS:
                return seen
            url, form = urllib.parse.urljoin(url, seen.headers["Location"]), None
        raise AssertionError(f"more than {STEPS_MAX} redirects, the last to {url}")

    def submit(self, seen: Seen, *, until: str = "\0", **values: str) -> Seen:
        """Fill in the form of a page that has these fields, and send it."""
        form = seen.form(*values)
        filled = {**form.fields, **values}
        if form.method == "post":
            return self.visit(form.action, filled, until=until)
        query = urllib.parse.urlencode(filled)
        return self.visit(f"{form.action.partition('?')[0]}?{query}", until=until)

    def sign_in(self, url: str, username: str, password: str, *, until: str = "\0") -> Seen:
        """Go to an address, sign in if a page asks for it, and return where that ends."""
        seen = self.visit(url, until=until)
        if seen.status == 0 or not any("password" in form.fields for form in seen.forms):
            return seen
        return self.submit(seen, until=until, username=username, password=password)


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Takes every status as an answer."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response

    https_response = http_response


class _Forms(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._url = url
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urllib.parse.urljoin(self._url, told.get("action") or self._url)
            self.found.append(Form(action, told.get("method", "get").lower(), {}))
            self._inside = True
        elif self._inside and tag in {"input", "textarea", "select"} and told.get("name"):
            ticked = told.get("type") not in {"checkbox", "radio"} or "checked" in told
            if ticked and told.get("type") != "submit":
                self.found[-1].fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def forms_of(text: str, url: str) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms(url)
    parser.feed(text)
    return parser.found
