"""The pictures of the hosted pages are all there, and so is every page: docs/managed-login."""

from pathlib import Path
from typing import Final

from poolkeep.http.hosted import pages, registry, rendering
from poolkeep.http.hosted.branding import preview
from tests.support.scenes import SCENES
from tests.support.screens import looks_of
from tools import make_screenshots

LOOKS: Final = [look for scene in SCENES for look in looks_of(scene)]
EXTENDS: Final = '{% extends "base.html" %}'
BYTES_MAX: Final = 3_000_000
ENDS: Final = {"/logout", "/error"}
"""Paths of endpoints that end at a page of ours."""


def test_every_template_of_a_page_is_shown() -> None:
    folder = Path(rendering.__file__).parent / rendering.TEMPLATES
    found = {path.stem for path in folder.glob("*.html") if EXTENDS in path.read_text()}
    assert {look.template for look in LOOKS} == found - {preview.SPECIMEN.removesuffix(".html")}


def test_every_address_of_a_page_is_shown() -> None:
    registry.load()
    found = {
        path
        for path, handler in registry.answering("GET").items()
        if handler.__module__.startswith(pages.__name__)
    }
    assert {look.path.lower() for look in LOOKS} == found | ENDS


def test_each_picture_has_a_name_of_its_own() -> None:
    assert len({look.name for look in LOOKS}) == len({look.title for look in LOOKS}) == len(LOOKS)


def test_the_page_shows_every_picture() -> None:
    assert make_screenshots.PAGE.read_text() == make_screenshots.page_of(LOOKS)
    wanted = {picture for look in LOOKS for picture in make_screenshots.pictures_of(look)}
    pictures = list(make_screenshots.PICTURES.iterdir())
    assert {picture.name for picture in pictures} == wanted
    assert sum(picture.stat().st_size for picture in pictures) <= BYTES_MAX
