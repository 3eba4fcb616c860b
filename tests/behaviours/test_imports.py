"""Import jobs and their rows: docs/behaviours/imports.md."""

import dataclasses

import pytest

from tests.behaviours.wording import RESET
from tests.sdk.boto import client, environment, refused_by_sdk
from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.importing import ROLE, Imports, counts, people, person
from tests.sdk.support import Wire, attribute_map, holds, refused, unique

STANDARD = [
    "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
    "profile", "picture", "website", "email", "email_verified", "gender", "birthdate",
    "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at",
]  # fmt: skip
LAST = ["cognito:mfa_enabled", "cognito:username"]
BOTH = {"AutoVerifiedAttributes": ["email", "phone_number"]}
VERIFIES = {"AutoVerifiedAttributes": ["email"]}
STOPPED = "The Import Job was stopped by the developer."
TOO_MANY = "Too many users have failed or been skipped during the import."
MANY = 12_000
"""Rows that take a second: long enough to act while they are imported."""


@pytest.fixture
def imports(wire: Wire) -> Imports:
    """Return the imports of a fresh pool that verifies e-mail addresses."""
    return Imports(wire, a_pool(wire, **VERIFIES))


def user_of(imports: Imports, name: str) -> dict[str, str]:
    found = imports.wire.call("AdminGetUser", UserPoolId=imports.pool_id, Username=name)
    return attribute_map(found["UserAttributes"])


@holds("IMPORT-01")
def test_the_header_is_the_schema_without_sub(wire: Wire) -> None:
    pool_id = a_pool(wire, Schema=[{"Name": "badge", "AttributeDataType": "String"}])
    assert Imports(wire, pool_id).header() == [*STANDARD, "custom:badge", *LAST]


@holds("IMPORT-02", "IMPORT-03", "IMPORT-04", "IMPORT-05")
def test_jobs_are_told_as_they_were_made_the_newest_first(imports: Imports) -> None:
    made = [imports.create(JobName=name) for name in ("one", "same", "same")]
    for job in made:
        assert (job["Status"], job["CloudWatchLogsRoleArn"]) == ("Created", ROLE)
        assert counts(job) == (0, 0, 0)
        assert not {"StartDate", "CompletionDate", "CompletionMessage"} & set(job)
        assert job["PreSignedUrl"].startswith(imports.wire.base_url)
        assert imports.describe(job["JobId"]) == job
    assert len({job["JobId"] for job in made}) == 3

    def page(**more: str) -> dict[str, object]:
        wanted = {"UserPoolId": imports.pool_id, "MaxResults": 2, **more}
        return imports.wire.call("ListUserImportJobs", **wanted)

    first = page()
    second = page(PaginationToken=str(first["PaginationToken"]))
    assert [*first["UserImportJobs"], *second["UserImportJobs"]] == made[::-1]  # type: ignore[misc]
    assert "PaginationToken" not in second
    with refused("InvalidParameterException"):
        page(PaginationToken="forged")
    other = Imports(imports.wire, a_pool(imports.wire))
    for operation in ("DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"):
        for place, job_id in ((imports, "import-Nothing000"), (other, made[0]["JobId"])):
            with refused("ResourceNotFoundException"):
                place.about(operation, job_id)


def test_a_strangers_pool_has_no_jobs(imports: Imports) -> None:
    job = imports.create()
    stranger = dataclasses.replace(imports, wire=Wire(imports.wire.base_url))
    for operation in ("DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"):
        with refused("ResourceNotFoundException"):
            stranger.about(operation, job["JobId"])
    with refused("ResourceNotFoundException"):
        stranger.create()


@holds("IMPORT-06", "IMPORT-32", "IMPORT-30")
def test_a_file_becomes_users_who_must_reset_their_passwords(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **VERIFIES))
    imports = Imports(wire, app.pool_id)
    rows = people(3)
    columns = imports.header()[::-1]
    lines = [",".join(row.get(name, "") for name in columns) for row in rows]
    job_id = imports.ready("\r\n".join([",".join(columns), *lines]).encode())
    started = imports.about("StartUserImportJob", job_id)
    assert started["Status"] == "Pending"
    assert started["StartDate"] >= started["CreationDate"]
    job = imports.finished(job_id)
    assert (job["Status"], counts(job)) == ("Succeeded", (3, 0, 0))
    assert job["CompletionDate"] >= job["StartDate"]
    assert "CompletionMessage" not in job
    for row in rows:
        name = row["cognito:username"]
        found = app.admin("AdminGetUser", name)
        assert (found["UserStatus"], found["Enabled"]) == ("RESET_REQUIRED", True)
        assert found["UserCreateDate"] >= started["CreationDate"]
        assert user_of(imports, row["cognito:username"])["email_verified"] == "true"
        with refused(*RESET):
            app.password_step(name)
        assert not wire.messages(row["email"])
    listed = wire.call("ListUsers", UserPoolId=app.pool_id, Filter='email ^= "person-"')
    assert len(listed["Users"]) == 3


@holds("IMPORT-32")
def test_an_imported_user_resets_the_password_and_signs_in(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **VERIFIES))
    (row,) = people(1)
    Imports(wire, app.pool_id).run(Imports(wire, app.pool_id).csv([row]))
    name = row["cognito:username"]
    app.call("ForgotPassword", name)
    code = wire.code(row["email"])
    app.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password="New-Horse-77")
    assert app.sign_in(name, "New-Horse-77")["AccessToken"]


@holds("IMPORT-07")
def test_a_job_starts_once_and_only_with_a_file(imports: Imports) -> None:
    job = imports.create()
    with refused("PreconditionNotMetException"):
        imports.about("StartUserImportJob", job["JobId"])
    assert imports.upload(job, imports.csv(people(1))).status == 200
    imports.about("StartUserImportJob", job["JobId"])
    imports.finished(job["JobId"])
    with refused("PreconditionNotMetException"):
        imports.about("StartUserImportJob", job["JobId"])
    bare = Imports(imports.wire, a_pool(imports.wire))
    job_id = bare.ready(bare.csv(people(1)))
    with refused("PreconditionNotMetException"):
        bare.about("StartUserImportJob", job_id)
    assert bare.describe(job_id)["Status"] == "Created"


@holds("IMPORT-08", "IMPORT-09", "IMPORT-11")
def test_a_running_job_holds_its_pool_until_it_is_stopped(imports: Imports) -> None:
    wire, pool_id = imports.wire, imports.pool_id
    waiting = imports.ready(imports.csv(people(1)))
    with refused("PreconditionNotMetException"):
        imports.about("StopUserImportJob", waiting)
    other = Imports(wire, a_pool(wire, **VERIFIES))
    others = other.ready(other.csv(people(1)))
    job_id = imports.ready(imports.csv(people(MANY)))
    imports.about("StartUserImportJob", job_id)
    for place, each in ((imports, waiting), (other, others)):
        with refused("PreconditionNotMetException"):
            place.about("StartUserImportJob", each)
    in_progress = "UserImportInProgressException"
    with refused(in_progress):
        wire.call("UpdateUserPool", UserPoolId=pool_id, **VERIFIES)
    with refused(in_progress):
        added = [{"Name": "late", "AttributeDataType": "String"}]
        wire.call("AddCustomAttributes", UserPoolId=pool_id, CustomAttributes=added)
    with refused(in_progress):
        wire.call("DeleteUserPool", UserPoolId=pool_id)
    wire.call("UpdateUserPool", UserPoolId=other.pool_id, **VERIFIES)
    while imports.describe(job_id)["ImportedUsers"] == 0:
        pass
    assert imports.about("StopUserImportJob", job_id)["Status"] == "Stopping"
    job = imports.finished(job_id)
    assert (job["Status"], job["CompletionMessage"]) == ("Stopped", STOPPED)
    assert 0 < job["ImportedUsers"] < MANY
    told = wire.call("DescribeUserPool", UserPoolId=pool_id)["UserPool"]
    assert told["EstimatedNumberOfUsers"] == job["ImportedUsers"]
    with refused("PreconditionNotMetException"):
        imports.about("StopUserImportJob", job_id)
    other.about("StartUserImportJob", others)
    other.finished(others)
    wire.call("DeleteUserPool", UserPoolId=pool_id)


@holds("IMPORT-10", "IMPORT-20", "IMPORT-21")
def test_a_url_lives_a_quarter_of_an_hour_and_a_job_a_day(clock_wire: Wire) -> None:
    imports = Imports(clock_wire, a_pool(clock_wire, **VERIFIES))
    job = imports.create()
    file = imports.csv(people(1))
    clock_wire.advance(890)
    assert imports.upload(job, file).status == 200
    clock_wire.advance(15)
    late = imports.upload(job, file)
    assert (late.status, b"Request has expired" in late.body) == (403, True)
    clock_wire.advance(24 * 3600 - 910)
    assert imports.describe(job["JobId"])["Status"] == "Created"
    clock_wire.advance(10)
    assert imports.describe(job["JobId"])["Status"] == "Expired"
    with refused("PreconditionNotMetException"):
        imports.about("StartUserImportJob", job["JobId"])
    with refused("PreconditionNotMetException"):
        imports.about("StopUserImportJob", job["JobId"])


@holds("IMPORT-12")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda file: b"\n" + file,
        lambda file: b"\xef\xbb\xbf" + file,
        lambda file: file.replace(b"nickname,", b"", 1),
        lambda file: file.replace(b"nickname,", b"nickname,nickname,", 1),
        lambda file: file.replace(b"nickname,", b"custom:x,", 1),
        lambda file: b"\xff" + file,
        lambda _: b"x" * 200_000,
    ],
    ids=["empty", "late", "mark", "missing", "twice", "unknown", "bytes", "endless"],
)
def test_a_file_with_another_header_fails_its_job(imports: Imports, spoil: object) -> None:
    assert callable(spoil)
    job = imports.run(spoil(imports.csv(people(2))))
    assert (job["Status"], counts(job)) == ("Failed", (0, 0, 0))
    assert job["CompletionMessage"]


@holds("IMPORT-12")
def test_a_file_of_too_many_rows_imports_nobody(imports: Imports) -> None:
    job = imports.run(imports.csv([]) + b"x\n" * 500_001)
    assert (job["Status"], counts(job)) == ("Failed", (0, 0, 0))
    assert "500000" in job["CompletionMessage"]


@holds("IMPORT-13", "IMPORT-33")
def test_a_job_that_imports_nobody_has_failed(imports: Imports) -> None:
    rows = people(2)
    assert imports.run(imports.csv(rows))["Status"] == "Succeeded"
    job = imports.run(imports.csv([*rows, person(0, email="")]))
    assert (job["Status"], job["CompletionMessage"]) == ("Failed", TOO_MANY)
    assert counts(job) == (0, 2, 1)
    assert imports.run(imports.csv([]))["Status"] == "Succeeded"


@holds("IMPORT-31", "IMPORT-33", "IMPORT-34", "IMPORT-37")
def test_bad_rows_fail_and_the_others_go_on(imports: Imports) -> None:
    good, twin, last = people(3)
    rows = [
        {**good, "address": " 1 Way, Town ", "birthdate": "02/01/1985"},
        {**twin, "cognito:username": good["cognito:username"]},
        {**twin, "cognito:username": "two words"},
        {**twin, "cognito:username": ""},
        {**twin, "email_verified": "no"},
        {**twin, "birthdate": "1985-02-01"},
        {**twin, "name": "x" * 2049},
        {**twin, "name": "x" * 16_000},
        last,
    ]
    file = imports.csv(rows).replace(b"\n", b"\n\r\n", 2)
    job = imports.run(file + b"one,two\n\xff\xff\n")
    assert (job["Status"], counts(job)) == ("Succeeded", (2, 1, 8))
    found = user_of(imports, good["cognito:username"])
    assert (found["address"], found["birthdate"]) == ("1 Way, Town", "1985-02-01")
    assert user_of(imports, last["cognito:username"])["email"] == last["email"]


@holds("IMPORT-35")
def test_one_verified_address_is_needed(wire: Wire) -> None:
    both = Imports(wire, a_pool(wire, SmsConfiguration=SMS_ROLE, **BOTH))
    phone = {"phone_number": "+12065550123", "phone_number_verified": "TRUE"}
    first, second, third = people(3)
    rows = [
        {**first, "email": "", "email_verified": "", **phone},
        second,
        {**third, "email_verified": "FALSE"},
    ]
    assert counts(both.run(both.csv(rows))) == (2, 0, 1)
    email = Imports(wire, a_pool(wire, **VERIFIES))
    assert counts(email.run(email.csv(rows))) == (1, 0, 2)


@holds("IMPORT-36")
@pytest.mark.parametrize(
    "mode, imported", [("OFF", {"FALSE", "false"}), ("OPTIONAL", {"TRUE", "FALSE", "false"})]
)
def test_the_mfa_column_agrees_with_the_pool(wire: Wire, mode: str, imported: set[str]) -> None:
    pool_id = a_pool(wire, **VERIFIES)
    if mode != "OFF":
        wire.call(
            "SetUserPoolMfaConfig",
            UserPoolId=pool_id,
            MfaConfiguration=mode,
            SmsMfaConfiguration={"SmsConfiguration": SMS_ROLE},
        )
    imports = Imports(wire, pool_id)
    values = ["TRUE", "FALSE", "false", "", "yes"]
    rows = [
        {**row, "cognito:mfa_enabled": value}
        for row, value in zip(people(len(values)), values, strict=True)
    ]
    job = imports.run(imports.csv(rows))
    assert counts(job) == (len(imported), 0, len(values) - len(imported))


@holds("IMPORT-38")
def test_in_pools_of_addresses_the_name_is_the_address(wire: Wire) -> None:
    imports = Imports(wire, a_pool(wire, UsernameAttributes=["email"], **VERIFIES))
    rows = people(4)
    for row in rows:
        row["cognito:username"] = row["email"]
    rows[1]["email"] = ""
    rows[2]["email"] = "other@example.com"
    rows[3] = {**rows[0], "email": rows[0]["email"]}
    assert counts(imports.run(imports.csv(rows))) == (2, 1, 1)
    for row in rows[:2]:
        found = user_of(imports, row["cognito:username"])
        assert found["email"] == row["cognito:username"]


@holds("IMPORT-39")
def test_a_verified_address_belongs_to_one_user(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, AliasAttributes=["email"], **VERIFIES))
    imports = Imports(wire, app.pool_id)
    owner, rival, stranger = people(3)
    app.user(owner["cognito:username"], email=owner["email"], email_verified="true")
    rows = [{**rival, "email": owner["email"]}, stranger, {**people(1)[0], **_mail(stranger)}]
    assert counts(imports.run(imports.csv(rows))) == (1, 0, 2)
    assert app.admin("AdminGetUser", stranger["email"])["Username"] == stranger["cognito:username"]


def _mail(row: dict[str, str]) -> dict[str, str]:
    return {"email": row["email"]}


@holds("IMPORT-40")
def test_immutable_attributes_are_set_by_the_file(wire: Wire) -> None:
    schema = [{"Name": "badge", "AttributeDataType": "String", "Mutable": False}]
    imports = Imports(wire, a_pool(wire, Schema=schema, **VERIFIES))
    (row,) = people(1)
    imports.run(imports.csv([{**row, "custom:badge": "7"}]))
    assert user_of(imports, row["cognito:username"])["custom:badge"] == "7"


@holds("IMPORT-14")
def test_a_pool_has_a_thousand_jobs_at_most(imports: Imports) -> None:
    for _ in range(1_000):
        imports.create()
    with refused("LimitExceededException"):
        imports.create()


def test_the_sdk_knows_the_jobs_and_their_refusals(app: App) -> None:
    with client(environment(app.wire.base_url, app.wire.account)) as sdk:
        made = sdk.create_user_import_job(
            UserPoolId=app.pool_id, JobName=unique("job"), CloudWatchLogsRoleArn=ROLE
        )["UserImportJob"]
        wanted = {"UserPoolId": app.pool_id, "JobId": made["JobId"]}
        assert sdk.describe_user_import_job(**wanted)["UserImportJob"] == made
        listed = sdk.list_user_import_jobs(UserPoolId=app.pool_id, MaxResults=60)
        assert made in listed["UserImportJobs"]
        with refused_by_sdk("PreconditionNotMetException"):
            sdk.start_user_import_job(**wanted)
        with refused_by_sdk("PreconditionNotMetException"):
            sdk.stop_user_import_job(**wanted)
