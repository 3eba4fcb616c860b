"""Passwords that come as hashes of other systems: docs/behaviours/imports.md."""

import base64
import hashlib
from typing import Final

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.behaviours.wording import INCORRECT, LOCKED, RESET
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.importing import HASH, Imports, counts, people
from tests.sdk.support import PASSWORD, Wire, holds, refused

SALT: Final = bytes(range(16))
NEW: Final = "Quite-Another-8"


def bare(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


def of_bcrypt(password: str) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()


def of_scrypt(password: str) -> str:
    made = hashlib.scrypt(password.encode(), salt=SALT, n=256, r=8, p=1, dklen=32)
    return f"$scrypt$ln=8,r=8,p=1${bare(SALT)}${bare(made)}"


def of_argon2(password: str) -> str:
    kdf = Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=64)
    return kdf.derive_phc_encoded(password.encode())


def of_django(password: str) -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b"seasalt", 100)
    return f"pbkdf2_sha256$100$seasalt${base64.b64encode(made).decode()}"


HASHES: Final = {
    "BCRYPT": of_bcrypt,
    "SCRYPT": of_scrypt,
    "ARGON2ID": of_argon2,
    "PBKDF2_SHA256": of_django,
}


@pytest.fixture(scope="module", params=["srp-verifier", "argon2id"])
def home(wire: Wire, request: pytest.FixtureRequest) -> App:
    """Return an app of a pool that keeps passwords in one of the two ways."""
    tags = {"poolkeep:password-storage": request.param}
    pool_id = a_pool(wire, AutoVerifiedAttributes=["email"], UserPoolTags=tags)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    if request.param == "srp-verifier":
        flows.append("ALLOW_USER_SRP_AUTH")
    return an_app(wire, pool_id, ExplicitAuthFlows=[*flows, "ALLOW_REFRESH_TOKEN_AUTH"])


def brought(app: App, algorithm: str, text: str) -> str:
    """Import one user with a hash and return the name."""
    imports = Imports(app.wire, app.pool_id)
    (row,) = people(1)
    job = imports.run(imports.csv([{**row, HASH: text}], HASH), PasswordHashingAlgorithm=algorithm)
    assert counts(job) == (1, 0, 0)
    return row["cognito:username"]


@holds("IMPORT-50", "IMPORT-51")
def test_a_hash_needs_a_job_that_names_its_algorithm(app: App) -> None:
    imports = Imports(app.wire, app.pool_id)
    with_hash, without = people(2)
    file = imports.csv([{**with_hash, HASH: of_bcrypt(PASSWORD)}, without], HASH)
    assert imports.run(file)["Status"] == "Failed"
    job = imports.run(file, PasswordHashingAlgorithm="BCRYPT")
    assert (job["PasswordHashingAlgorithm"], counts(job)) == ("BCRYPT", (2, 0, 0))
    states = [
        app.admin("AdminGetUser", row["cognito:username"])["UserStatus"]
        for row in (with_hash, without)
    ]
    assert states == ["CONFIRMED", "RESET_REQUIRED"]
    with refused(*RESET):
        app.password_step(without["cognito:username"])
    plain = imports.run(imports.csv(people(1)), PasswordHashingAlgorithm="BCRYPT")
    assert counts(plain) == (1, 0, 0)
    with refused("InvalidParameterException"):
        imports.create(PasswordHashingAlgorithm="MD5")


@holds("IMPORT-52")
@pytest.mark.parametrize("algorithm", HASHES)
def test_the_old_password_signs_in(home: App, algorithm: str) -> None:
    name = brought(home, algorithm, HASHES[algorithm](PASSWORD))
    with refused(*INCORRECT):
        home.sign_in(name, PASSWORD + "x")
    assert home.sign_in(name)["AccessToken"]
    for _ in range(2):
        assert home.sign_in(name)["AccessToken"]
    with refused(*INCORRECT):
        home.sign_in(name, PASSWORD + "x")


@holds("IMPORT-52", "IMPORT-53")
@pytest.mark.parametrize("algorithm", HASHES)
def test_srp_works_from_the_first_plain_sign_in_on(app: App, algorithm: str) -> None:
    name = brought(app, algorithm, HASHES[algorithm](PASSWORD))
    for password in (PASSWORD, PASSWORD + "x"):
        with refused(*INCORRECT):
            app.srp_step(name, password)
    tokens = app.admin_initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    assert "AuthenticationResult" in tokens
    assert "AuthenticationResult" in app.srp_step(name)
    with refused(*INCORRECT):
        app.srp_step(name, PASSWORD + "x")


@holds("IMPORT-53")
def test_srp_before_that_looks_like_for_nobody(app: App) -> None:
    name = brought(app, "BCRYPT", of_bcrypt(PASSWORD))
    hidden = app.another_client(PreventUserExistenceErrors="ENABLED")
    seen = [
        hidden.initiate("USER_SRP_AUTH", USERNAME=who, SRP_A="abc123")["ChallengeParameters"]
        for who in (name, name, "nobody-at-all")
    ]
    assert {frozenset(each) for each in seen} == {frozenset(seen[0])}
    assert seen[0]["SALT"] == seen[1]["SALT"] != seen[2]["SALT"]


@holds("IMPORT-52")
def test_the_old_password_may_be_changed_at_once(app: App) -> None:
    name = brought(app, "BCRYPT", of_bcrypt(PASSWORD))
    token = app.sign_in(name)["AccessToken"]
    wanted = {"AccessToken": token, "ProposedPassword": NEW}
    with refused(*INCORRECT):
        app.wire.call("ChangePassword", PreviousPassword=PASSWORD + "x", **wanted)
    app.wire.call("ChangePassword", PreviousPassword=PASSWORD, **wanted)
    with refused(*INCORRECT):
        app.sign_in(name)
    assert app.sign_in(name, NEW)["AccessToken"]


def test_an_administrators_password_takes_the_place_of_a_hash(app: App) -> None:
    name = brought(app, "SCRYPT", of_scrypt(PASSWORD))
    app.admin("AdminSetUserPassword", name, Password=NEW, Permanent=True)
    with refused(*INCORRECT):
        app.sign_in(name)
    assert app.sign_in(name, NEW)["AccessToken"]


def test_an_imported_password_counts_in_the_history(wire: Wire) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}
    app = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"], Policies=policy))
    name = brought(app, "PBKDF2_SHA256", of_django(PASSWORD))
    with refused("PasswordHistoryPolicyViolationException"):
        app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)
    app.admin("AdminSetUserPassword", name, Password=NEW, Permanent=True)
    with refused("PasswordHistoryPolicyViolationException"):
        app.admin("AdminSetUserPassword", name, Password=PASSWORD, Permanent=True)


@holds("IMPORT-54")
@pytest.mark.parametrize("algorithm", HASHES)
def test_a_bad_hash_fails_its_row(app: App, algorithm: str) -> None:
    imports = Imports(app.wire, app.pool_id)
    others = [make(PASSWORD) for name, make in HASHES.items() if name != algorithm]
    good = HASHES[algorithm](PASSWORD)
    bombs = [
        of_bcrypt(PASSWORD).replace("$04$", "$20$"),
        of_scrypt(PASSWORD).replace("ln=8", "ln=30"),
        of_argon2(PASSWORD).replace("m=64", "m=4194304"),
        of_django(PASSWORD).replace("$100$", "$900000000$"),
    ]
    texts = [*others, *bombs, good[:-2], PASSWORD, "$", good]
    rows = [{**row, HASH: text} for row, text in zip(people(len(texts)), texts, strict=True)]
    job = imports.run(imports.csv(rows, HASH), PasswordHashingAlgorithm=algorithm)
    assert counts(job) == (1, 0, len(texts) - 1)


@holds("IMPORT-55")
def test_guesses_lock_an_imported_user_as_any_other(app: App) -> None:
    name = brought(app, "BCRYPT", of_bcrypt(PASSWORD))
    for _ in range(5):
        with refused(*INCORRECT):
            app.sign_in(name, "Wrong-Horse-7")
    with refused(*LOCKED):
        app.sign_in(name)


@holds("IMPORT-56")
def test_bcrypt_has_read_72_bytes(app: App) -> None:
    long = "Aa1!" * 25
    name = brought(app, "BCRYPT", of_bcrypt(long))
    with refused(*INCORRECT):
        app.sign_in(name, long[:71])
    assert app.sign_in(name, long)["AccessToken"]
    # What was given at that moment is what is kept.
    with refused(*INCORRECT):
        app.sign_in(name, long[:72])


def test_another_storage_takes_over_at_the_next_sign_in(wire: Wire) -> None:
    pool_id = a_pool(wire)
    app = an_app(wire, pool_id)
    name = app.user()
    tag = "poolkeep:password-storage"
    for storage in ("argon2id", "srp-verifier"):
        wire.call("UpdateUserPool", UserPoolId=pool_id, UserPoolTags={tag: storage})
        for _ in range(2):
            assert app.sign_in(name)["AccessToken"]
        with refused(*INCORRECT):
            app.sign_in(name, "Wrong-Horse-7")
    assert "AuthenticationResult" in app.srp_step(name)
