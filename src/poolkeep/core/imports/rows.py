"""From a line to a user, or to the reason why not.

Pure rules over the pool's schema and settings. A reason names attributes and rules, never values:
the log of a job holds nothing of anybody. Source: docs/behaviours/imports.md.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid
from poolkeep.base.refusal import Refusal
from poolkeep.core.imports import wording
from poolkeep.core.imports.lines import MARK, ROW_CHARACTERS_MAX, Line, values_of
from poolkeep.core.imports.model import Candidate, Outcome, Verdict
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.rules import mfa_mode
from poolkeep.core.pools.schema import csv_header
from poolkeep.core.users.attributes import FLAGS, new_attributes
from poolkeep.core.users.model import Status, User, UserDocument
from poolkeep.core.users.names import index_of, logins_of
from poolkeep.core.users.passwords import foreign_credential
from poolkeep.core.users.usernames import stored_username, with_address
from poolkeep.crypto import foreign_hashes

USERNAME: Final = "cognito:username"
MFA_ENABLED: Final = "cognito:mfa_enabled"
PASSWORD_HASH: Final = "cognito:password_hash"
USERNAME_CHARACTERS_MAX: Final = 128
SMS_FACTORS: Final = {"enabled": ["SMS_MFA"]}
"""What the column turns on: the only second factor that a file can bring."""

Judged = Candidate | Verdict
Reader = Callable[[str], dict[str, str]]

_PLAIN_NAME: Final = re.compile(r"[!-~]{1,128}", re.ASCII)
_CLASSES_OF_NAMES: Final = frozenset("LMSNP")
_BOOLEANS: Final = {"true": True, "false": False}
_AMERICAN: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_members: Final = msgspec.json.Decoder(dict[str, str | bool | int | None]).decode


class Unreadable(Exception):
    """The file as a whole cannot be imported; the text says why."""


class _Bad(Exception):
    """This row cannot be imported; the text says why."""


class Judge:
    """Reads the lines of one file for one pool."""

    def __init__(
        self,
        pool: LoadedPool,
        read: Reader,
        *,
        entropy: Entropy,
        algorithm: str | None = None,
        strict: bool = True,
    ) -> None:
        """Take what `read` makes of a line; `strict` is the API's rule, for files of strangers.

        An operator's own file may leave the verified flags out where nothing is verified.
        """
        self._pool = pool
        self._read = read
        self._entropy = entropy
        self._algorithm = algorithm
        self._strict = strict
        self._auto_verified = tuple(pool.pool.settings.auto_verified_attributes or ())
        self._mfa = mfa_mode(pool)

    def judge(self, line: Line, now_ms: int) -> Judged:
        """Return the user that a line describes, or why it describes none."""
        try:
            return self._candidate(line, now_ms)
        except _Bad as bad:
            reason = str(bad)
        except Refusal as refusal:
            reason = " ".join(refusal.text.split("\n")).strip()
        return Verdict(line.number, Outcome.FAILED, reason)

    def _candidate(self, line: Line, now_ms: int) -> Candidate:
        given = self._read(_text_of(line))
        pool = self._pool
        name = given.pop(USERNAME, "")
        _check_username(name)
        has_mfa = self._mfa_of(given.pop(MFA_ENABLED, ""))
        foreign = self._foreign_of(given.pop(PASSWORD_HASH, ""))
        if "birthdate" in given:
            given["birthdate"] = _date(given["birthdate"], iso_too=not self._strict)
        given = with_address(pool, name, given)
        for flag, address in FLAGS.items():
            # Spreadsheets say FALSE where there is nothing to verify.
            if flag in given and address not in given and given[flag].lower() == "false":
                del given[flag]
        self._check_verified(given)
        attributes = new_attributes(pool, given, demand_required=True)
        user_id = timed_uuid(self._entropy, now_ms)
        user = User(
            pool_id=pool.pool.id,
            id=user_id,
            username=stored_username(pool, name, user_id),
            status=Status.RESET_REQUIRED if foreign is None else Status.CONFIRMED,
            enabled=True,
            created_ms=now_ms,
            modified_ms=now_ms,
            version=1,
            signed_out_ms=0,
            document=UserDocument(
                attributes=attributes,
                mfa=dict(SMS_FACTORS) if has_mfa and "phone_number" in attributes else {},
            ),
            credential=None if foreign is None else foreign_credential(pool, user_id, foreign),
        )
        return Candidate(line.number, user, logins_of(pool, user), index_of(user))

    def _mfa_of(self, text: str) -> bool:
        wanted = _BOOLEANS.get(text.lower())
        if wanted is None:
            if text or self._strict:
                raise _Bad(wording.BAD_MFA)
            wanted = self._mfa == "ON"
        if self._mfa == "ON" and not wanted:
            raise _Bad(wording.MFA_MUST_BE_ON)
        if self._mfa == "OFF" and wanted:
            raise _Bad(wording.MFA_MUST_BE_OFF)
        return wanted

    def _foreign_of(self, text: str) -> str | None:
        if not text:
            return None
        try:
            return foreign_hashes.parse(self._algorithm or "", text)
        except foreign_hashes.BadHash as bad:
            raise _Bad(wording.password_hash(str(bad))) from None

    def _check_verified(self, given: dict[str, str]) -> None:
        if not self._strict:
            return
        for address in self._auto_verified:
            if given.get(f"{address}_verified", "").lower() == "true" and given.get(address):
                return
        raise _Bad(wording.NOT_VERIFIED)


def csv_reader(
    pool: LoadedPool, header: Line, *, algorithm: str | None, strict: bool = True
) -> Reader:
    """Return what reads the rows under a header. Raises Unreadable for a header of another pool.

    `strict`: every column of the pool stands in the header, and no byte order mark before it.
    """
    text = header.text or b""
    if text.startswith(MARK):
        if strict:
            raise Unreadable(wording.MARK)
        text = text.removeprefix(MARK)
    names = _names(text)
    wanted = set(csv_header(pool.pool.settings.schema_attributes))
    optional = {PASSWORD_HASH} if algorithm else set()
    if not strict:
        optional |= wanted - {USERNAME}
        wanted = {USERNAME}
    if len(set(names)) != len(names) or not wanted <= set(names) <= wanted | optional:
        raise Unreadable(wording.HEADER)
    count = len(names)

    def read(text: str) -> dict[str, str]:
        values = values_of(text)
        if len(values) != count:
            raise _Bad(wording.columns(len(values), count))
        return {name: value for name, value in zip(names, values, strict=True) if value}

    return read


def json_reader(pool: LoadedPool, *, algorithm: str | None) -> Reader:
    """Return what reads lines of JSON whose members are named like the columns."""
    known = set(csv_header(pool.pool.settings.schema_attributes))
    if algorithm:
        known.add(PASSWORD_HASH)

    def read(text: str) -> dict[str, str]:
        try:
            members = _members(text)
            given = {name: text for name, value in members.items() if (text := _as_text(value))}
        except ValueError:  # also msgspec's, and a number of thousands of digits
            raise _Bad(wording.NOT_AN_OBJECT) from None
        if not members.keys() <= known:
            name = next(name for name in members if name not in known)
            raise _Bad(wording.unknown_column(printable(name)))
        return given

    return read


def printable(name: str) -> str:
    """Return a name that a file brought, short and on one line."""
    return "".join(c for c in name[:64] if c.isprintable())


def _names(text: bytes) -> list[str]:
    try:
        return values_of(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable(wording.HEADER) from None


def _text_of(line: Line) -> str:
    if line.text is None:
        raise _Bad(wording.too_long(ROW_CHARACTERS_MAX))
    try:
        text = line.text.decode("utf-8")
    except UnicodeDecodeError:
        raise _Bad(wording.NOT_UTF8) from None
    if len(text) > ROW_CHARACTERS_MAX and len(text.removesuffix("\r")) > ROW_CHARACTERS_MAX:
        raise _Bad(wording.too_long(ROW_CHARACTERS_MAX))
    return text


def _check_username(name: str) -> None:
    if _PLAIN_NAME.fullmatch(name):
        return
    if not name:
        raise _Bad(wording.NO_USERNAME)
    if len(name) > USERNAME_CHARACTERS_MAX or not all(
        unicodedata.category(character)[0] in _CLASSES_OF_NAMES for character in name
    ):
        raise _Bad(wording.BAD_USERNAME)


def _date(text: str, *, iso_too: bool) -> str:
    """Return a date as yyyy-mm-dd."""
    if match := _AMERICAN.fullmatch(text):
        month, day, year = match.groups()
    elif iso_too and (match := _ISO.fullmatch(text)):
        year, month, day = match.groups()
    else:
        raise _Bad(wording.BAD_BIRTHDATE)
    number = int(month)
    leap = int(year) % 4 == 0 and (int(year) % 100 != 0 or int(year) % 400 == 0)
    if not 1 <= number <= 12 or not 1 <= int(day) <= _DAYS[number]:
        raise _Bad(wording.BAD_BIRTHDATE)
    if number == 2 and int(day) == 29 and not leap:
        raise _Bad(wording.BAD_BIRTHDATE)
    return f"{year}-{month}-{day}"


def _as_text(value: str | bool | int | None) -> str:  # noqa: FBT001  a member of JSON
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
