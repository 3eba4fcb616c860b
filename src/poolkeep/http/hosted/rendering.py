"""Pages from templates: always escaped, in the client's style and the visitor's language.

    answer = await render(visit, "login.html", client=client, error=…)

The style sheet stands in the page, under the page's nonce: a page is one request. Templates find
`t` (a sentence by key), `link` (a path of this domain with the query of this page), `csrf`,
`nonce`, `request_id`, `theme`, `lang`, `visit`, `is_classic` and `page_name`, and what the caller
gives.
Source: docs/behaviours/pages.md.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup

from poolkeep.core.pools.model import AppClient
from poolkeep.http.hosted import csrf, looks, texts
from poolkeep.http.hosted.branding.theme import theme as theme_of
from poolkeep.http.hosted.looks import Theme
from poolkeep.http.hosted.web import Answer, Cookie, Visit, html

TEMPLATES: Final = "templates"
LANGUAGE: Final = "lang"
LANGUAGE_LIFE_S: Final = 400 * 24 * 3_600
"""Browsers keep no cookie for longer."""
UNAVAILABLE: Final = "trouble.html"

_environments: dict[Path | None, Environment] = {}


def environment(overrides: Path | None = None) -> Environment:
    """Return the templates of the package, behind those of an operator's folder if there is one."""
    if overrides not in _environments:
        own = PackageLoader("poolkeep.http.hosted", TEMPLATES)
        loader = ChoiceLoader([FileSystemLoader(overrides), own]) if overrides else own
        made = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=overrides is not None,
        )
        made.globals["css"] = Markup(STYLE)  # noqa: S704  a file of this package
        _environments[overrides] = made
    return _environments[overrides]


def language_of(visit: Visit) -> str:
    """Return the visitor's language. Classic pages speak English."""
    return chosen_language(visit) or texts.ENGLISH


def chosen_language(visit: Visit) -> str | None:
    """Return the language that the visitor has asked for; None for nobody's choice."""
    if visit.is_classic:
        return None
    asked = texts.known(visit.query.get(LANGUAGE))
    return asked or texts.known(visit.cookies.get(LANGUAGE))


def language_cookies(visit: Visit) -> tuple[Cookie, ...]:
    """Return what keeps the language that this request names, nothing where it names none."""
    asked = texts.known(visit.query.get(LANGUAGE))
    if visit.is_classic or asked is None or asked == visit.cookies.get(LANGUAGE):
        return ()
    return (Cookie(name=LANGUAGE, value=asked, max_age_s=LANGUAGE_LIFE_S),)


async def render(
    visit: Visit,
    template: str,
    *,
    status: int = 200,
    client: AppClient | None = None,
    lang: str | None = None,
    **context: object,
) -> Answer:
    """Return a page in the client's style and the visitor's language."""
    language = lang or language_of(visit)
    theme = looks.PLAIN if client is None else await theme_of(visit, client)
    if theme is None:
        reason = texts.text(language, "trouble.unavailable")
        return await render(
            visit, UNAVAILABLE, status=403, lang=language, reason=reason, again=None
        )
    token = _Token(visit)
    link: Callable[[str], str] = partial(_link, visit)
    text = written(
        template,
        nonce=visit.nonce,
        request_id=visit.request_id,
        theme=theme,
        language=language,
        link=link,
        csrf=token,
        visit=visit,
        is_classic=visit.is_classic,
        **context,
    )
    answer = html(text, status=status)
    cookies = (*language_cookies(visit), *token.cookies)
    return answer.with_cookies(cookies) if cookies else answer


def written(
    template: str,
    *,
    nonce: str,
    request_id: str,
    theme: Theme = looks.PLAIN,
    language: str = texts.ENGLISH,
    **context: object,
) -> str:
    """Return the text of a page, in our own look where no pool has one."""
    return (
        environment()
        .get_template(template)
        .render(
            t=partial(texts.text, language),
            nonce=nonce,
            request_id=request_id,
            theme=theme,
            theme_style=_safe_style(theme),
            lang=language,
            page_name=template.removesuffix(".html"),
            **context,
        )
    )


def _link(visit: Visit, path: str) -> str:
    return visit.to(path, visit.query.raw)


class _Token:
    """The page's token against forged forms; a page without a form has none."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.cookies: tuple[Cookie, ...] = ()

    def __str__(self) -> str:
        token, cookie = csrf.issue(self._visit)
        self.cookies = (cookie,)
        return token


def _safe_style(theme: Theme) -> Markup:
    """Return a style that cannot end its element, whatever it was made from."""
    return Markup(theme.style.replace("<", ""))  # noqa: S704  without `<` it is text


def _minified(css: str) -> str:
    """Return our own style sheet with no more than it needs."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    bare = re.sub(r"\s+", " ", bare)
    bare = re.sub(r"\s*([{};,])\s*", r"\1", bare)
    return re.sub(r":\s+", ":", bare).strip()


def _style() -> str:
    """Return our style sheet in a layer, so that any rule of a client's style outweighs it."""
    page = (Path(__file__).parent / TEMPLATES / "page.css").read_text(encoding="utf-8")
    values = looks.properties({**looks.LIGHT, **looks.SHAPES}, looks.DARK)
    return f"@layer ours{{{values}{_minified(page)}}}"


STYLE: Final = _style()
