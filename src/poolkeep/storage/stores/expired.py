"""Rows that say nothing any more. Implements `work.expiry.ExpiredRows`.

Nothing depends on their going: every read checks the time itself. Something depends on their
staying: by the clock of another node, which may be behind, a used handle or a revoked token whose
row is gone would be fresh again.
"""

from typing import Final

from poolkeep.base.transaction import Transaction
from poolkeep.core.audit.events import EVENTS_KEPT_MS


def _delete(table: str, key: str, expiry: str) -> str:
    return (
        f"DELETE FROM {table} WHERE ({key}) IN "
        f"(SELECT {key} FROM {table} WHERE {expiry} <= ? LIMIT ?)"
    )


DELETE_EXPIRED: Final = {
    "spent_handles": _delete("spent_handles", "pool_id, handle", "expires_ms"),
    "kept_attempts": _delete("kept_attempts", "pool_id, handle", "expires_ms"),
    "passkey_challenges": _delete("passkey_challenges", "pool_id, user_id", "expires_ms"),
    "devices": _delete("devices", "pool_id, user_id, device_key", "gone_ms"),
    "device_sign_ins": _delete(
        "device_sign_ins", "pool_id, user_id, client_id, device_key", "expires_ms"
    ),
    "revocations": _delete("revocations", "pool_id, origin_jti", "expires_ms"),
    "rotations": _delete("rotations", "pool_id, token_id", "expires_ms"),
    "sessions": _delete("sessions", "pool_id, session_id", "expires_ms"),
    "codes": _delete("codes", "pool_id, user_id, purpose", "expires_ms"),
    "attempts": _delete("attempts", "pool_id, subject, kind", "window_ends_ms"),
    "lockouts": _delete("lockouts", "pool_id, subject, kind", "last_failure_ms"),
    "oauth_codes": _delete("oauth_codes", "pool_id, code_hash", "expires_ms"),
    "browser_sessions": _delete("browser_sessions", "pool_id, session_hash", "expires_ms"),
    "hosted_flows": _delete("hosted_flows", "pool_id, flow_hash", "expires_ms"),
    "pushed_requests": _delete("pushed_requests", "pool_id, request_hash", "expires_ms"),
    "device_grants": _delete("device_grants", "pool_id, device_hash", "expires_ms"),
    "dpop_proofs": _delete("dpop_proofs", "pool_id, proof_hash", "expires_ms"),
    "invocations": _delete("invocations", "pool_id, record_id", "expires_ms"),
    "auth_events": _delete("auth_events", "pool_id, user_id, event_id", "created_ms"),
}


class SqlExpired:
    """The tables whose rows expire."""

    def __init__(self, *, lockout_forgotten_after_ms: int = 900_000, skew_ms: int = 0) -> None:
        """Keep failures until `lockout_forgotten_after_ms` after the last one.

        Whatever has expired stays for `skew_ms`, by which the nodes' clocks may differ.
        """
        self._lockout_ms = lockout_forgotten_after_ms
        self._skew_ms = skew_ms

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables, in the order in which they are swept."""
        return tuple(DELETE_EXPIRED)

    def delete_batch(self, tx: Transaction, table: str, *, now_ms: int, limit: int) -> int:
        """Delete at most `limit` expired rows and return how many."""
        kept_ms = {"lockouts": self._lockout_ms, "auth_events": EVENTS_KEPT_MS}.get(table, 0)
        before_ms = now_ms - self._skew_ms - kept_ms
        return tx.run(DELETE_EXPIRED[table], (before_ms, limit))
