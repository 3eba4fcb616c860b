"""Store the users of some rows at once, and tell what became of each row."""

from collections.abc import Iterable, Sequence

from poolkeep.base.transaction import Transaction
from poolkeep.core.imports import wording
from poolkeep.core.imports.model import Candidate, Outcome, Stretch, Tally, Verdict
from poolkeep.core.imports.ports import UserBatches
from poolkeep.core.imports.rows import Judged
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.names import Login
from poolkeep.core.users.wording import alias_exists


def store(
    tx: Transaction, users: UserBatches, pool: LoadedPool, judged: Sequence[Judged]
) -> list[Verdict]:
    """Store the candidates whose names are free; return a verdict for each row, in order."""
    candidates = [row for row in judged if isinstance(row, Candidate)]
    taken = iter(users.insert(tx, pool.pool.id, candidates))
    return [
        row if isinstance(row, Verdict) else _verdict(pool, row.line, next(taken)) for row in judged
    ]


def tally_of(verdicts: Iterable[Verdict]) -> Tally:
    """Return how many rows went which way."""
    counts = dict.fromkeys(Outcome, 0)
    for verdict in verdicts:
        counts[verdict.outcome] += 1
    return Tally(
        imported=counts[Outcome.SUCCEEDED],
        skipped=counts[Outcome.SKIPPED],
        failed=counts[Outcome.FAILED],
    )


def stretches_of(verdicts: Iterable[Verdict]) -> list[Stretch]:
    """Return the verdicts in stretches of neighbouring lines that went the same way."""
    found: list[Stretch] = []
    for line, outcome, reason in verdicts:
        if found:
            before = found[-1]
            if (line, outcome, reason) == (before.last + 1, before.outcome, before.reason):
                found[-1] = Stretch(before.first, line, outcome, reason)
                continue
        found.append(Stretch(line, line, outcome, reason))
    return found


def log_lines(stretch: Stretch) -> Iterable[str]:
    """Return the lines of the log that a stretch stands for, in the words of Cognito's log."""
    reason = stretch.reason or wording.IMPORTED
    for line in range(stretch.first, stretch.last + 1):
        yield f"[{stretch.outcome}] Line Number {line} - {reason}"


def _verdict(pool: LoadedPool, line: int, taken: Login | None) -> Verdict:
    if taken is None:
        return Verdict(line, Outcome.SUCCEEDED)
    if taken.kind in pool.aliases:
        # The user is another one, who has proven this address already.
        return Verdict(line, Outcome.FAILED, alias_exists(taken.kind))
    return Verdict(line, Outcome.SKIPPED, wording.EXISTS)
