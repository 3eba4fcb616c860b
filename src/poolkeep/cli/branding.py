"""`poolkeep branding`: look at the pages of a client before users do."""

import json
from pathlib import Path
from typing import Any, Final

import click

from poolkeep.base.refusal import Refusal
from poolkeep.cli.options import store_settings
from poolkeep.cli.say import fail, with_admin, written
from poolkeep.cli.sources import Loaded
from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.branding_rules import checked_settings, merged
from poolkeep.core.directory.looks import Look
from poolkeep.core.messages.languages import LANGUAGES, known
from poolkeep.http.hosted.branding.preview import Scheme, preview
from poolkeep.http.hosted.texts import ENGLISH

SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


@click.group()
def branding() -> None:
    """Look at the pages of a client before users do."""


@branding.command("preview")
@click.argument("pool_id", required=False)
@click.argument("client_id", required=False)
@click.option(
    "--settings",
    "draft",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Show these settings (JSON) in place of a client's; nothing is stored.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("preview"),
    show_default=True,
    metavar="DIR",
    help="Folder for light.html and dark.html.",
)
@click.option("--lang", metavar="LANGUAGE", help=f"One of {', '.join(LANGUAGES)}.")
@store_settings
def preview_(
    loaded: Loaded,
    pool_id: str | None,
    client_id: str | None,
    *,
    draft: Path | None,
    out: Path,
    lang: str | None,
) -> None:  # fmt: skip
    """Write one page with every part of the pages, in both themes, in the style of CLIENT_ID."""
    chosen = known(lang)
    if lang is not None and chosen is None:
        fail(f"there are no pages in {lang!r}. Languages: {', '.join(LANGUAGES)}.")
    language = chosen or ENGLISH
    if draft is not None:
        look = _draft(draft)
        pages = {scheme: preview(look, {}, scheme=scheme, language=language) for scheme in SCHEMES}
    elif pool_id and client_id:
        pages = {
            scheme: _stored(loaded, pool_id, client_id, scheme, language) for scheme in SCHEMES
        }
    else:
        fail("name POOL_ID and CLIENT_ID, or a draft with --settings FILE.")
    for scheme, page in pages.items():
        click.echo(str(written(out, f"{scheme}.html", page)))


def _draft(path: Path) -> Look:
    """Return the look of a settings file, which is refused as CreateManagedLoginBranding would."""
    try:
        given: Any = json.loads(path.read_text(encoding="utf-8"))
        return Look(settings=merged(SETTINGS, checked_settings(given)))
    except (ValueError, OSError) as error:
        fail(f"{path} cannot be read: {error}")
    except Refusal as refusal:
        fail(refusal.text)


def _stored(loaded: Loaded, pool_id: str, client_id: str, scheme: Scheme, language: str) -> str:
    found = with_admin(
        loaded.settings,
        lambda admin: admin.previews().branding(
            pool_id, client_id, scheme=scheme, language=language
        ),
    )
    if found is None:
        fail(f"client {client_id} of {pool_id} has no style.")
    return found.page
