"""What `poolkeep import` shows, and its files."""

import io
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from poolkeep.cli import imports as command
from poolkeep.cli.import_files import FailedRows, FileSource
from poolkeep.cli.main import root
from poolkeep.core.imports.model import Tally
from poolkeep.core.imports.stream import Failed, Report

ROW = Failed(line=2, reason="why", row="ada,é")


class Terminal(io.StringIO):
    """Standard error of somebody who watches."""

    def isatty(self) -> bool:
        return True


def a_report(rows: int, *, read: int = 0, failed: int = 0, resumed: int = 0) -> Report:
    return Report(
        tally=Tally(imported=rows - failed, failed=failed),
        read_bytes=read,
        resumed=Tally(imported=resumed),
    )


def watch(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Sit down before the terminal; pytest gives each phase of a test another one."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(command, "TELL_MS", 0)
    return terminal


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = watch(monkeypatch)
    progress = command._Progress(1_000)
    progress._clock = FixedClock(0)  # type: ignore[assignment]
    progress.tell(a_report(0))
    progress._clock = FixedClock(10_000)  # type: ignore[assignment]
    progress.tell(a_report(5_000, read=250, failed=3))
    line = watched.getvalue().rsplit("\r", 1)[1]
    assert line.startswith("[######..................] 25%  5,000 rows  500/s  0:30 left  3 failed")
    progress.end()
    assert watched.getvalue().endswith("\r")


class FixedClock:
    """Shows one time."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms


def test_a_pipe_sees_no_end_and_a_file_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = watch(monkeypatch)
    command._Progress(None).tell(a_report(5, read=9))
    assert "left" not in watched.getvalue()
    assert "5 rows" in watched.getvalue()
    quiet = io.StringIO()
    monkeypatch.setattr(sys, "stderr", quiet)
    progress = command._Progress(10)
    progress.tell(a_report(5))
    progress.end()
    assert quiet.getvalue() == ""


def test_the_end_tells_what_was_done() -> None:
    progress = command._Progress(None)
    progress._clock = FixedClock(progress._began_ms + 2_000)  # type: ignore[assignment]
    said = progress.summary(a_report(3_000, failed=1, resumed=1_000))
    assert said == (
        "Imported 2,999 users; 0 existed, 1 failed, 1,000 rows of them earlier. "
        "2.0 s, 1,000 rows a second."
    )


def test_failed_rows_are_written_at_their_place(tmp_path: Path) -> None:
    path = tmp_path / "failed"
    rejects = FailedRows(path)
    assert rejects.put(0, ()) == 0
    assert not path.exists()
    first = rejects.put(0, [ROW])
    assert path.read_text() == '{"line":2,"reason":"why","row":"ada,é"}\n'
    assert rejects.put(first, [ROW, ROW]) == 3 * first
    assert rejects.put(first, [ROW]) == 2 * first == path.stat().st_size
    assert rejects.put(10**9, ()) == 2 * first
    path.unlink()
    assert rejects.put(2 * first, [ROW]) == first
    assert rejects.put(0, ()) == 0 == path.stat().st_size


def test_only_a_file_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    with path.open("rb") as opened:
        source = FileSource(opened)
        assert (source.read(2), source.rewind(), source.read(9)) == (b"ab", True, b"abc")


@pytest.mark.parametrize("arguments", [["--help"], ["log", "--help"], ["file", "--help"]])
def test_help_is_there(arguments: list[str]) -> None:
    shown = CliRunner().invoke(root, ["import", *arguments])
    assert shown.exit_code == 0
    assert "Usage" in shown.output
