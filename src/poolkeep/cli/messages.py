"""`poolkeep messages`: look at messages before users get them."""

import re
from pathlib import Path
from typing import Final

import click
import msgspec

from poolkeep.base.log import printable
from poolkeep.cli.options import store_settings
from poolkeep.cli.say import fail, with_admin, written
from poolkeep.cli.sources import Loaded
from poolkeep.core.messages.languages import LANGUAGES, known
from poolkeep.core.messages.samples import Sample
from poolkeep.http.ops.inbox_page import words

_UNSAFE: Final = re.compile(r"[^\w-]", re.ASCII)


@click.group()
def messages() -> None:
    """Look at messages before users get them."""


@messages.command("preview")
@click.argument("pool_id", required=False)
@click.option("--lang", metavar="LANGUAGE", help=f"One of {', '.join(LANGUAGES)}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write e-mails into this folder, as HTML and as text.",
)  # fmt: skip
@store_settings
def preview(
    loaded: Loaded, pool_id: str | None, *, lang: str | None, as_json: bool, out: Path | None
) -> None:
    """Show what POOL_ID sends to users of a language, or our own texts, with sample values."""
    language = known(lang)
    if lang is not None and language is None:
        fail(f"there are no messages in {lang!r}. Languages: {', '.join(LANGUAGES)}.")
    found = with_admin(loaded.settings, lambda admin: admin.previews().messages(pool_id, language))
    if found is None:
        fail(f"there is no user pool {pool_id}.")
    for sample in found:
        if out is not None:
            _write(out, sample)
        else:
            click.echo(msgspec.json.encode(sample) if as_json else _lines(sample))


def _write(folder: Path, sample: Sample) -> None:
    name = "-".join((sample.language, _UNSAFE.sub("", sample.name), sample.medium.lower()))
    if sample.medium == "EMAIL":
        written(folder, f"{name}.html", sample.body)
    written(folder, f"{name}.txt", sample.text or words(sample.body))
    click.echo(str(folder / name))


def _lines(sample: Sample) -> str:
    head = f"{sample.name}  {sample.medium}  {sample.language}"
    body = sample.text or words(sample.body)
    lines = [head, *([f"  {sample.subject}"] if sample.subject else [])]
    return printable("\n".join((*lines, *(f"  {line}" for line in body.splitlines() if line), "")))
