"""The checker itself: it says nothing of a whole installation, and finds every kind of damage."""

import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checker import code_of, problems_of
from tests.flows.in_process import serving
from tests.sdk.builders import a_pool, an_app

DAMAGE: Final = {
    "a lost name": "DELETE FROM logins WHERE kind = 'username'",
    "a name of nobody": "INSERT INTO logins SELECT pool_id, 'x', 'y', kind FROM logins LIMIT 1",
    "a lost filter": "DELETE FROM user_index WHERE attribute = 'email'",
    "a lost code": "DELETE FROM codes",
    "a code of nobody": "UPDATE codes SET user_id = 'nobody'",
    "half a user": "DELETE FROM users WHERE username = 'ann'",
    "a lost password": "UPDATE users SET credential = NULL",
    "a lost message": "DELETE FROM inbox",
    "messages of nobody": "DELETE FROM users; DELETE FROM logins; DELETE FROM user_index;"
    " DELETE FROM codes",
    "a status without its code": "UPDATE users SET status = 'UNCONFIRMED' WHERE username = 'bob'",
}  # fmt: skip


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Return the folder of an installation with one confirmed user and one who is not."""
    with serving(tmp_path, database=f"sqlite:///{tmp_path / 'rows.db'}") as wire:
        app = an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))
        for name in ("ann", "bob"):
            app.sign_up(name, email=f"{name}@example.com")
        code = wire.code("bob@example.com")
        url = f"sqlite:///{tmp_path / 'rows.db'}"
        assert code_of(url, tmp_path / "master.key", "bob@example.com") == code
        app.call("ConfirmSignUp", "bob", ConfirmationCode=code)
    return tmp_path


@pytest.mark.parametrize("damage", [None, *DAMAGE])
def test_every_damage_is_found(installation: Path, damage: str | None) -> None:
    if damage is not None:
        beside = sqlite3.connect(installation / "rows.db")
        beside.executescript(DAMAGE[damage])
        beside.close()
    found = problems_of(f"sqlite:///{installation / 'rows.db'}", installation / "master.key")
    assert bool(found) == (damage is not None), found
