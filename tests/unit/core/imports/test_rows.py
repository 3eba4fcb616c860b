"""Rows into users, or into reasons that name no value."""

from typing import Any

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.base.entropy import SeededEntropy
from poolkeep.core.imports import wording
from poolkeep.core.imports.lines import Line
from poolkeep.core.imports.model import Candidate, Outcome, Verdict
from poolkeep.core.imports.rows import Judge, Unreadable, csv_reader, json_reader
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import SchemaAttribute
from poolkeep.core.pools.schema import csv_header
from poolkeep.core.users.model import Status
from poolkeep.core.users.passwords import check_password, open_credential
from tests.unit.core.users.people import a_pool

NOW_MS = 1_700_000_000_000
SECRET = "needle"
VERIFIES: dict[str, Any] = {"auto_verified_attributes": ("email",)}
GOOD = {
    "cognito:username": "ada",
    "cognito:mfa_enabled": "FALSE",
    "email": "ada@example.com",
    "email_verified": "TRUE",
}


def columns_of(pool: LoadedPool) -> tuple[str, ...]:
    return csv_header(pool.pool.settings.schema_attributes)


def judge_of(
    pool: LoadedPool,
    *,
    columns: tuple[str, ...] | None = None,
    algorithm: str | None = None,
    strict: bool = True,
) -> Judge:
    header = Line(1, ",".join(columns or columns_of(pool)).encode())
    reader = csv_reader(pool, header, algorithm=algorithm, strict=strict)
    entropy = SeededEntropy("rows")
    return Judge(pool, reader, entropy=entropy, algorithm=algorithm, strict=strict)


def a_row(pool: LoadedPool, **changes: str) -> Line:
    values = {**GOOD, **{name.replace("__", ":"): value for name, value in changes.items()}}
    names = [*columns_of(pool)]
    if "cognito:password_hash" in values:
        names.append("cognito:password_hash")
    text = ",".join(values.get(name, "").replace(",", "\\,") for name in names)
    return Line(2, text.encode())


def imported(pool: LoadedPool, **changes: str) -> Candidate:
    found = judge_of(pool).judge(a_row(pool, **changes), NOW_MS)
    assert isinstance(found, Candidate), found
    return found


def failed(pool: LoadedPool, **changes: str) -> str:
    found = judge_of(pool).judge(a_row(pool, **changes), NOW_MS)
    assert isinstance(found, Verdict), found
    assert (found.line, found.outcome) == (2, Outcome.FAILED)
    return found.reason


PLAIN = a_pool(**VERIFIES)


def test_a_row_is_a_user_who_must_reset_the_password() -> None:
    user = imported(PLAIN, birthdate="02/28/1985", address="1\\ Way, Town").user
    assert (user.username, user.status, user.enabled) == ("ada", Status.RESET_REQUIRED, True)
    assert (user.created_ms, user.modified_ms, user.credential) == (NOW_MS, NOW_MS, None)
    assert user.attributes == {
        "email": "ada@example.com",
        "email_verified": "true",
        "birthdate": "1985-02-28",
        "address": "1\\ Way, Town",
    }


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"cognito__username": ""}, wording.NO_USERNAME),
        ({"cognito__username": f"{SECRET} {SECRET}"}, wording.BAD_USERNAME),
        ({"cognito__username": SECRET * 30}, wording.BAD_USERNAME),
        ({"cognito__username": f"{SECRET}\0"}, wording.BAD_USERNAME),
        ({"cognito__mfa_enabled": ""}, wording.BAD_MFA),
        ({"cognito__mfa_enabled": SECRET}, wording.BAD_MFA),
        ({"cognito__mfa_enabled": "TRUE"}, wording.MFA_MUST_BE_OFF),
        ({"email_verified": "FALSE"}, wording.NOT_VERIFIED),
        ({"email_verified": ""}, wording.NOT_VERIFIED),
        ({"email": ""}, wording.NOT_VERIFIED),
        ({"email": SECRET}, "Invalid email address format."),
        ({"phone_number": SECRET}, "Invalid phone number format."),
        ({"birthdate": "1985-02-28"}, wording.BAD_BIRTHDATE),
        ({"birthdate": "2/28/1985"}, wording.BAD_BIRTHDATE),
        ({"birthdate": "13/01/1985"}, wording.BAD_BIRTHDATE),
        ({"birthdate": "02/29/1985"}, wording.BAD_BIRTHDATE),
        ({"birthdate": "04/31/1985"}, wording.BAD_BIRTHDATE),
        ({"birthdate": "00/10/1985"}, wording.BAD_BIRTHDATE),
        (
            {"phone_number_verified": "true"},
            "Phone Number is required to verify/un-verify a phone number",
        ),
        (
            {"updated_at": SECRET, "zoneinfo": SECRET * 400},
            (
                "Attributes did not conform to the schema: "
                "zoneinfo: String must be no longer than 2048 characters "
                "updated_at: Number must be an integer"
            ),
        ),
    ],
)
def test_a_bad_row_fails_with_a_reason_that_holds_no_value(
    changes: dict[str, str], reason: str
) -> None:
    found = failed(PLAIN, **changes)
    assert found == reason
    assert SECRET not in found


@pytest.mark.parametrize("username", ["größe", "日本語", "a|b", "a" * 128, "a@b", "'\"\\"])
def test_a_name_without_blanks_is_a_name(username: str) -> None:
    assert imported(PLAIN, cognito__username=username).user.username == username


@pytest.mark.parametrize("date", ["02/29/2000", "12/31/1999", "02/29/2024"])
def test_a_day_that_there_was_is_a_birthdate(date: str) -> None:
    month, day, year = date.split("/")
    found = imported(PLAIN, birthdate=date).user.attributes["birthdate"]
    assert found == f"{year}-{month}-{day}"


def test_a_false_flag_without_an_address_says_nothing() -> None:
    user = imported(PLAIN, phone_number_verified="FALSE").user
    assert "phone_number_verified" not in user.attributes


def test_either_address_will_do_where_both_are_verified() -> None:
    pool = a_pool(auto_verified_attributes=("email", "phone_number"))
    imported(pool)
    phone = {"phone_number": "+12065550100", "phone_number_verified": "true"}
    imported(pool, email="", email_verified="", **phone)
    assert failed(pool, email_verified="false") == wording.NOT_VERIFIED


def test_required_attributes_are_required() -> None:
    pool = a_pool(SchemaAttribute(name="given_name", required=True), **VERIFIES)
    assert "given_name: The attribute is required" in failed(pool)
    imported(pool, given_name="Ada")


def test_immutable_attributes_can_be_set() -> None:
    attribute = SchemaAttribute(name="badge", attribute_data_type="String", mutable=False)
    assert (
        imported(a_pool(attribute, **VERIFIES), custom__badge="7").user.attributes["custom:badge"]
        == "7"
    )


@pytest.mark.parametrize(
    "mode, text, reason",
    [
        ("ON", "TRUE", None),
        ("ON", "false", wording.MFA_MUST_BE_ON),
        ("OFF", "False", None),
        ("OFF", "tRUE", wording.MFA_MUST_BE_OFF),
        ("OPTIONAL", "true", None),
        ("OPTIONAL", "FALSE", None),
    ],
)
def test_mfa_enabled_agrees_with_the_pool(mode: str, text: str, reason: str | None) -> None:
    pool = a_pool(mfa_configuration=mode, **VERIFIES)
    if reason is not None:
        assert failed(pool, cognito__mfa_enabled=text) == reason
        return
    phone = {"phone_number": "+12065550100"}
    user = imported(pool, cognito__mfa_enabled=text, **phone).user
    wanted = {"enabled": ["SMS_MFA"]} if text.lower() == "true" else {}
    assert user.document.mfa == wanted


def test_in_a_pool_of_addresses_the_name_is_the_address() -> None:
    pool = a_pool(username_attributes=("email",), **VERIFIES)
    for email in ("ada@example.com", ""):
        found = imported(pool, cognito__username="ada@example.com", email=email)
        assert found.user.username == found.user.id
        assert found.user.attributes["email"] == "ada@example.com"
    assert failed(pool, cognito__username="bob@example.com") != ""
    assert failed(pool, cognito__username="ada") == "Username should be an email."


def test_in_a_pool_with_aliases_a_name_is_no_address() -> None:
    pool = a_pool(alias_attributes=("email",), **VERIFIES)
    assert "email format" in failed(pool, cognito__username="ada@example.com")


@pytest.mark.parametrize(
    "line, reason",
    [
        (Line(9, b"\xff\xfe"), wording.NOT_UTF8),
        (Line(9, None), wording.too_long(16_000)),
        (Line(9, b"a,b"), wording.columns(2, 21)),
        (Line(9, b"a" * 16_001), wording.too_long(16_000)),
        (Line(9, b" " + b"," * 21), wording.columns(22, 21)),
    ],
)
def test_a_line_that_is_no_row_fails(line: Line, reason: str) -> None:
    found = judge_of(PLAIN).judge(line, NOW_MS)
    assert found == Verdict(9, Outcome.FAILED, reason)


def test_columns_stand_in_any_order() -> None:
    columns = tuple(reversed(columns_of(PLAIN)))
    text = ",".join(GOOD.get(name, "") for name in columns) + "\r"
    found = judge_of(PLAIN, columns=columns).judge(Line(2, text.encode()), NOW_MS)
    assert isinstance(found, Candidate)


@pytest.mark.parametrize("strict", [True, False])
def test_a_header_of_another_pool_is_no_header(strict: bool) -> None:
    columns = columns_of(PLAIN)
    wrong = [
        (*columns, "custom:x"),
        (*columns, "cognito:password_hash"),
        (*columns, columns[0]),
        ("name",),
        ("",),
    ]
    if strict:
        wrong += [columns[1:], (*columns[:-1],)]
    for names in wrong:
        with pytest.raises(Unreadable):
            judge_of(PLAIN, columns=names, strict=strict)
    for names in (columns, (*columns, "cognito:password_hash")):
        judge_of(PLAIN, columns=names, algorithm="BCRYPT", strict=strict)


def test_a_byte_order_mark_is_for_operators_only() -> None:
    header = Line(1, b"\xef\xbb\xbf" + ",".join(columns_of(PLAIN)).encode())
    with pytest.raises(Unreadable, match="byte order mark"):
        csv_reader(PLAIN, header, algorithm=None)
    csv_reader(PLAIN, header, algorithm=None, strict=False)


def test_an_operator_leaves_out_what_nobody_has() -> None:
    judge = judge_of(PLAIN, columns=("cognito:username", "birthdate"), strict=False)
    found = judge.judge(Line(2, b"ada,1985-02-28"), NOW_MS)
    assert isinstance(found, Candidate)
    assert found.user.attributes == {"birthdate": "1985-02-28"}


def test_a_hash_makes_a_confirmed_user() -> None:
    known = bcrypt.hashpw(b"Correct-Horse-7", bcrypt.gensalt(4)).decode()
    columns = (*columns_of(PLAIN), "cognito:password_hash")
    judge = judge_of(PLAIN, columns=columns, algorithm="BCRYPT")
    found = judge.judge(a_row(PLAIN, cognito__password_hash=known), NOW_MS)
    assert isinstance(found, Candidate)
    assert found.user.status == Status.CONFIRMED
    credential = open_credential(PLAIN, found.user)
    assert credential is not None
    assert credential.foreign == known
    assert known.encode() not in (found.user.credential or b"")
    assert check_password(PLAIN, found.user, "Correct-Horse-7")
    assert not check_password(PLAIN, found.user, "Correct-Horse-8")
    empty = judge.judge(a_row(PLAIN, cognito__password_hash=""), NOW_MS)
    assert isinstance(empty, Candidate)
    assert (empty.user.status, empty.user.credential) == (Status.RESET_REQUIRED, None)
    bad = judge.judge(a_row(PLAIN, cognito__password_hash=known[:-1]), NOW_MS)
    assert isinstance(bad, Verdict)
    assert bad.reason.startswith("cognito:password_hash: ")
    assert known[:-1] not in bad.reason


def json_judge(pool: LoadedPool) -> Judge:
    reader = json_reader(pool, algorithm=None)
    return Judge(pool, reader, entropy=SeededEntropy("json"), strict=False)


def test_json_lines_have_the_columns_as_members() -> None:
    text = b'{"cognito:username":" ada ","email":"a@b.c","email_verified":true,"updated_at":7,'
    found = json_judge(PLAIN).judge(Line(1, text + b'"name":null}'), NOW_MS)
    assert isinstance(found, Candidate)
    assert (found.user.username, found.user.attributes) == (
        "ada",
        {"email": "a@b.c", "email_verified": "true", "updated_at": "7"},
    )


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"email":{}}', b'{"email":1.5}', b'"x"', b'{"x":"y"}', b"1" * 5000],
)
def test_other_json_fails(text: bytes) -> None:
    found = json_judge(PLAIN).judge(Line(3, text), NOW_MS)
    assert isinstance(found, Verdict)
    assert found.line == 3


@given(st.binary(max_size=300))
def test_any_bytes_are_a_user_or_a_reason(data: bytes) -> None:
    judges = (judge_of(PLAIN), json_judge(PLAIN))
    for judge in judges:
        found = judge.judge(Line(2, data), NOW_MS)
        assert isinstance(found, Candidate | Verdict)


@given(st.dictionaries(st.sampled_from(columns_of(PLAIN)), st.text(max_size=40), max_size=21))
def test_any_values_are_a_user_or_a_reason(values: dict[str, str]) -> None:
    text = ",".join(values.get(name, "").replace("\n", "") for name in columns_of(PLAIN))
    found = judge_of(PLAIN).judge(Line(2, text.encode("utf-8", "replace")), NOW_MS)
    if isinstance(found, Verdict):
        assert found.reason
    else:
        assert found.user.attributes["email_verified"] == "true"
