"""A thousand users move by signing in once: docs/behaviours/migration.md."""

from pathlib import Path

import pytest

from tests.functions.moving import move_everybody, moving

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
USERS = 1_000


def test_a_thousand_users_move_and_the_old_place_is_switched_off(tmp_path: Path) -> None:
    with moving(tmp_path) as removal:
        move_everybody(removal, USERS)
