"""A region's user services, as the tests of users have them."""

from tests.unit.core.users.conftest import region_of

__all__ = ["region_of"]
