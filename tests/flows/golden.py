"""Compare events with golden files: the order of keys counts, what differs each time is masked.

Each file of tests/golden/triggers holds the events of one flow, in the order in which the
functions got them. After a change on purpose, a run with POOLKEEP_WRITE_GOLDEN=1 writes the files
anew; read the difference before you keep it.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.sdk.support import Json

FOLDER: Final = Path(__file__).resolve().parents[1] / "golden" / "triggers"
_MASKS: Final = (
    ("uuid", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")),
    ("pool", re.compile(r"us-east-1_[0-9A-Za-z]{9}")),
    ("email", re.compile(r"mail-\d+@example\.com")),
    ("phone", re.compile(r"\+1206555\d{5}")),
    ("user", re.compile(r"user-\d+")),
    ("client", re.compile(r"\b[0-9a-z]{26}\b")),
)


def masked(events: Sequence[Json]) -> str:
    """Return events as text; one value has one number wherever it stands."""
    text = json.dumps(list(events), indent=2, ensure_ascii=False)
    for kind, pattern in _MASKS:
        seen: dict[str, int] = {}
        for found in pattern.findall(text):
            seen.setdefault(found, len(seen) + 1)
        for found, number in seen.items():
            text = text.replace(found, f"<{kind} {number}>")
    return f"{text}\n"


def check_golden(flow: str, events: Sequence[Json]) -> None:
    """Compare the events of a flow with its file."""
    path = FOLDER / f"{flow}.json"
    if os.environ.get("POOLKEEP_WRITE_GOLDEN"):
        path.write_text(masked(events))
    assert masked(events) == path.read_text(), flow


def golden() -> dict[str, list[Json]]:
    """Return every file, by flow."""
    return {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
