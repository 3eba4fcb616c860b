"""What tests of pages look at, and the buttons that they press."""

import html
from html.parser import HTMLParser

from tests.support.visitor import Seen, Visitor


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str]] = {}
        self.message = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "input" and told.get("type") != "hidden" and "name" in told:
            self.inputs.setdefault(told["name"], told)
        if told.get("id") == "message":
            assert told["role"] in {"alert", "status"}
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.message += data


def _read(seen: Seen) -> _Page:
    page = _Page()
    page.feed(seen.text)
    return page


def said(seen: Seen) -> str:
    """Return the page's message, which is spoken; nothing where there is none."""
    return html.unescape(_read(seen).message)


def the_input(seen: Seen, name: str) -> dict[str, str]:
    """Return the attributes of the first field of this name that can be seen."""
    return _read(seen).inputs[name]


def press(
    visitor: Visitor, seen: Seen, name: str, value: str = "yes", *, until: str = "\0"
) -> Seen:
    """Press the button of this name; no field of its form is filled in."""
    before = seen.text.partition(f'name="{name}" value="{value}"')[0]
    assert before != seen.text, f"no button {name}={value} at {seen.url}:\n{seen.text[:2000]}"
    form = seen.forms[before.count("<form") - 1]
    return visitor.visit(form.action, {**form.fields, name: value}, until=until)
