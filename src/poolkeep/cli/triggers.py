"""`poolkeep triggers`: which functions there are, what they did, and trying them."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from poolkeep.base.log import printable
from poolkeep.cli.options import store_settings
from poolkeep.cli.ports import Admin, Moves, Ran
from poolkeep.cli.say import EXIT_FAILED, fail, table, with_admin
from poolkeep.cli.sources import Loaded
from poolkeep.core.users.model import User
from poolkeep.core.workbench.checks import Verdict, judge
from poolkeep.core.workbench.masks import MASK, masked_places
from poolkeep.core.workbench.model import Record
from poolkeep.core.workbench.samples import UnknownSource, event, names, sample, trigger_of
from poolkeep.http.ops.inbox import moment

WIRED_HEAD: Final = ("pool", "trigger", "function", "runs at", "recorded", "failed", "last")
FOUND_HEAD: Final = ("id", "at", "pool", "source", "function", "ms", "attempt", "outcome")
MOVED_HEAD: Final = ("username", "sub", "moved", "sub kept", "by")
LIMIT: Final = 50


@click.group()
def triggers() -> None:
    """Look at the functions of pools, and try them.

    Records are made by the server; the commands read them beside it. Secrets are masked in them.
    """


@triggers.command("list")
@click.argument("pool_id", required=False)
@store_settings
def list_(loaded: Loaded, pool_id: str | None) -> None:
    """List the functions of POOL_ID, or of all pools, where they run, and how they do."""
    found = with_admin(loaded.settings, lambda admin: admin.triggers().wired(pool_id))
    rows = [
        (
            one.pool_id, one.trigger, _short(one.function),
            one.runs_at or "nowhere: name it in functions.map",
            str(one.tally.count) if one.tally else "0",
            str(one.tally.failed) if one.tally else "0",
            moment(one.tally.last_ms) if one.tally else "-",
        )
        for one in found
    ]  # fmt: skip
    click.echo(table([WIRED_HEAD, *rows]) if rows else "No pool has a function.")


@triggers.command("invocations")
@click.argument("pool_id", required=False)
@click.option("--function", metavar="NAME|ARN", help="Only of this function.")
@click.option("--source", metavar="SOURCE", help="Only of this source, or of a trigger's.")
@click.option("--failed", is_flag=True, help="Only those without an answer.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=LIMIT, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@store_settings
def invocations(
    loaded: Loaded,
    pool_id: str | None,
    *,
    function: str | None,
    source: str | None,
    failed: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List recorded invocations, newest first."""
    found = with_admin(
        loaded.settings,
        lambda admin: admin.triggers().invocations(
            pool_id=pool_id, function=function, source=source, failed=failed, limit=limit
        ),
    )
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(one))
        return
    rows = [
        (
            one.id, moment(one.began_ms), one.pool_id, one.source, _short(one.function),
            _ms(one.took_us), str(one.attempt), str(one.outcome),
        )
        for one in found
    ]  # fmt: skip
    click.echo(table([FOUND_HEAD, *rows]) if rows else "Nothing is recorded.")


@triggers.command("show")
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an attempt.")
@store_settings
def show(loaded: Loaded, record: str, *, as_json: bool) -> None:
    """Show invocations: RECORD begins an id of the list, or the request id of the log."""
    for found in _records(loaded, record):
        if as_json:
            click.echo(msgspec.json.encode(_as_json(found)))
        else:
            click.echo(_lines(found))


@triggers.command("replay")
@click.argument("record")
@click.option("--function", metavar="NAME|ARN|ADDRESS", help="Send it to this one instead.")
@click.option(
    "--set", "changes", multiple=True, metavar="PLACE=VALUE",
    help="Change the event first, such as request.password=…; repeatable.",
)  # fmt: skip
@store_settings
def replay(loaded: Loaded, record: str, *, function: str | None, changes: tuple[str, ...]) -> None:
    """Send a recorded event again, and compare the answer with the recorded one.

    The function runs beside the server, with the settings of this command; no user is changed by
    its answer, but whatever it does itself it does again.
    """
    found = _records(loaded, record)
    if len({one.request_id or one.id for one in found}) > 1:
        fail(f"{record} begins {len(found)} ids: " + ", ".join(one.id for one in found) + ".")
    last = found[-1]
    told = msgspec.json.decode(last.event)
    if not isinstance(told, dict):
        fail("the event was too large to be kept.")
    _change(told, changes)
    if places := list(masked_places(told)):
        _remark(f"Masked, and sent as {MASK}: {', '.join(places)}. Give them by --set.")
    ran = _run(loaded, msgspec.json.encode(told), function or last.function)
    answer = _told(ran)
    if answer is not None and last.reply is not None:
        _remark(_difference(last.reply, answer))
    _judge(last.source, str(told.get("version", "1")), answer, ran)


@triggers.command("test")
@click.argument("source", required=False)
@click.option("--function", metavar="NAME|ARN|ADDRESS", help="Which function; see below.")
@click.option(
    "--event", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An event of your own instead of the sample.",
)  # fmt: skip
@click.option(
    "--set", "changes", multiple=True, metavar="PLACE=VALUE",
    help="Change the event first, such as request.userAttributes.email=…; repeatable.",
)  # fmt: skip
@click.option("--print-event", is_flag=True, help="Only print the event.")
@store_settings
def test(
    loaded: Loaded,
    source: str | None,
    *,
    function: str | None,
    file: Path | None,
    changes: tuple[str, ...],
    print_event: bool,
) -> None:
    """Send a sample event of SOURCE to a function, and say what is wrong with the answer.

    SOURCE is a trigger (pre-sign-up), a source (PreSignUp_AdminCreateUser), or a version of one
    (PreTokenGeneration@2); without it, the sources are listed. --function is a name or ARN of
    functions.map, or an address as it stands there: python:/srv/app.py:handler.
    """
    if source is None:
        click.echo("\n".join(names()))
        return
    try:
        found = sample(source)
    except UnknownSource as unknown:
        fail(str(unknown))
    told = _event_of(file) if file else msgspec.to_builtins(event(found))
    _change(told, changes)
    if print_event:
        click.echo(json.dumps(told, indent=2))
        return
    if function is None:
        fail("which function? Give --function NAME, or an address as in functions.map.")
    ran = _run(loaded, msgspec.json.encode(told), function)
    _judge(found.source, found.version, _told(ran), ran)


@triggers.command("migrated")
@click.argument("pool_id")
@click.option("--count", is_flag=True, help="Only how many.")
@store_settings
def migrated(loaded: Loaded, pool_id: str, *, count: bool) -> None:
    """Tell which users of a pool came from elsewhere, by a UserMigration function."""
    shown = [MOVED_HEAD]

    def list_them(users: Sequence[User]) -> None:
        if count or not users:
            return
        rows = [*shown, *(_moved(user) for user in users)]
        click.echo(table(rows))
        shown.clear()

    async def work(admin: Admin) -> Moves:
        return await admin.triggers().moved(pool_id, list_them)

    moves = with_admin(loaded.settings, work)
    click.echo(
        f"{moves.moved:,} of {moves.users:,} users came from elsewhere, "
        f"{moves.kept_sub:,} of them with their sub."
    )


def _moved(user: User) -> tuple[str, ...]:
    moved = user.document.moved
    if moved is None:
        raise TypeError(user.id)
    kept = "yes" if moved.kept_sub else "no"
    return user.username, user.id, moment(moved.at_ms), kept, _short(moved.function)


def _records(loaded: Loaded, name: str) -> list[Record]:
    found = with_admin(loaded.settings, lambda admin: admin.triggers().records(name))
    if not found:
        fail(f"nothing is recorded as {name}. `poolkeep triggers invocations` lists what is.")
    return found


def _run(loaded: Loaded, told: bytes, function: str) -> list[Ran]:
    async def work(admin: Admin) -> list[Ran]:
        return await admin.triggers().run(told, function, show=_printed)

    return with_admin(loaded.settings, work)


def _printed(text: str) -> None:
    """Show what a function prints, behind a bar."""
    for line in text.splitlines():
        _remark(f"| {line}")


def _told(ran: list[Ran]) -> bytes | None:
    """Tell how the attempts went; return the last answer."""
    for number, one in enumerate(ran, start=1):
        how = "answered" if one.error is None else "threw" if one.thrown else "gave no answer"
        why = f": {one.error}" if one.error else ""
        _remark(f"Attempt {number} {how} after {_ms(one.took_us)} ms{why}")
    answer = ran[-1].answer
    if answer is not None:
        try:
            document = msgspec.json.decode(answer)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            click.echo(printable(answer.decode("utf-8", "replace")))
        else:
            click.echo(json.dumps(_response(document), indent=2))
    return answer


def _judge(source: str, version: str, answer: bytes | None, ran: list[Ran]) -> None:
    """Say what is wrong; ends with 1 where the call would fail."""
    trigger = trigger_of(source, version)
    if trigger is None:
        fail(f"{source} is no source that we know.")
    if answer is None:
        how = "threw" if ran[-1].thrown else "did not answer"
        fail(f"{trigger.name} {how}: {ran[-1].error}.")
    verdict: Verdict = judge(trigger, source, answer)
    for remark in verdict.remarks:
        _remark(f"Note: {remark}")
    if not verdict.good:
        for fault in verdict.faults:
            click.echo(f"Wrong: {printable(fault)}", err=True)
        sys.exit(EXIT_FAILED)
    _remark(f"The answer is good for {source}.")


def _difference(recorded: bytes, answer: bytes) -> str:
    """Tell how an answer differs from a recorded one, whose secrets are masked."""
    before = _response(msgspec.json.decode(recorded))
    try:
        after = _response(msgspec.json.decode(answer))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "The answer was JSON when it was recorded, and is none now."
    changed = sorted(_differences(before, after, "response"))
    if not changed:
        return "The answer is the recorded one."
    return f"The answer differs from the recorded one in {', '.join(changed)}."


def _differences(before: Any, after: Any, place: str) -> list[str]:  # noqa: ANN401  a JSON value
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for name in {*before, *after}
            for found in _differences(before.get(name), after.get(name), f"{place}.{name}")
        ]
    masked = isinstance(before, str) and MASK in before and after is not None
    return [] if masked or before == after else [place]


def _response(document: Any) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(document, dict) and "response" in document:
        return document["response"]
    return document


def _event_of(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except ValueError as error:
        fail(f"{file} is no JSON: {error}.")
    if not isinstance(told, dict):
        fail(f"{file} is no event: an event is an object.")
    return told


def _change(told: dict[str, Any], changes: tuple[str, ...]) -> None:
    """Put values where a change says; JSON where it is some, else the text."""
    for change in changes:
        place, mark, text = change.partition("=")
        if not mark or not place:
            fail(f"--set {change}: write PLACE=VALUE, such as request.password=secret.")
        *path, name = place.split(".")
        at: Any = told
        for part in path:
            at = (
                at[int(part)]
                if isinstance(at, list) and _within(at, part)
                else (at.setdefault(part, {}) if isinstance(at, dict) else None)
            )
        value = _value(text)
        if isinstance(at, dict):
            at[name] = value
        elif isinstance(at, list) and _within(at, name):
            at[int(name)] = value
        else:
            fail(f"--set {change}: the event has no such place.")


def _within(values: list[Any], number: str) -> bool:
    return number.isdecimal() and int(number) < len(values)


def _value(text: str) -> Any:  # noqa: ANN401  a JSON value
    if text in {"true", "false", "null"} or text[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _as_json(found: Record) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.structs.asdict(found)
    shown["event"] = msgspec.json.decode(found.event)
    shown["reply"] = None if found.reply is None else msgspec.json.decode(found.reply)
    return shown


def _lines(found: Record) -> str:
    head = table(
        [
            ("id", found.id), ("pool", found.pool_id), ("source", found.source),
            ("function", found.function), ("at", moment(found.began_ms)),
            ("took", f"{_ms(found.took_us)} ms"), ("attempt", str(found.attempt)),
            ("request", found.request_id or "-"), ("outcome", str(found.outcome)),
            *([("error", found.error)] if found.error else []),
        ]
    )  # fmt: skip
    shown = _as_json(found)
    parts = [head, f"event\n{json.dumps(shown['event'], indent=2)}"]
    if found.reply is not None:
        parts.append(f"reply\n{json.dumps(shown['reply'], indent=2)}")
    return "\n".join(parts)


def _short(arn: str) -> str:
    return arn.partition(":function:")[2] or arn


def _ms(micros: int) -> str:
    return f"{micros / 1000:.1f}"


def _remark(text: str) -> None:
    click.echo(printable(text), err=True)
