from typing import Any

import pytest

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.pools.model import UsernameConfiguration
from poolkeep.core.users.names import login_key, logins_of
from poolkeep.core.users.usernames import address_kind, stored_username, with_address
from tests.unit.core.users.people import ALIASES, a_pool, a_user

ANY_CASE: dict[str, Any] = {"username_configuration": UsernameConfiguration(case_sensitive=False)}


@pytest.mark.parametrize(
    "kinds, name, text",
    [
        (("email",), "alice", "Username should be an email."),
        (("phone_number",), "a@x.com", "Username should be a phone number."),
        (
            ("email", "phone_number"),
            "alice",
            "Username should be either an email or a phone number.",
        ),
    ],
)
def test_in_a_pool_of_addresses_the_name_is_one(
    kinds: tuple[str, ...], name: str, text: str
) -> None:
    with pytest.raises(InvalidParameter) as caught:
        address_kind(a_pool(username_attributes=kinds), name)
    assert caught.value.text == text


def test_the_address_is_copied_and_another_one_refused() -> None:
    pool = a_pool(username_attributes=("email", "phone_number"))
    assert with_address(pool, "a@x.com", {}) == {"email": "a@x.com"}
    assert with_address(pool, "+1555", {"email": "a@x.com"}) == {
        "email": "a@x.com",
        "phone_number": "+1555",
    }
    with pytest.raises(InvalidParameter):
        with_address(pool, "a@x.com", {"email": "b@x.com"})
    assert stored_username(pool, "a@x.com", "sub") == "sub"
    assert stored_username(a_pool(), "alice", "sub") == "alice"


def test_a_name_does_not_look_like_an_alias() -> None:
    pool = a_pool(**ALIASES)
    for name, text in (("a@b", "of email format"), ("+1555", "of phone number format")):
        with pytest.raises(InvalidParameter, match=text):
            address_kind(pool, name)
        assert address_kind(a_pool(), name) is None
    assert address_kind(pool, "alice") is None


def test_only_proven_aliases_sign_in() -> None:
    pool = a_pool(**ALIASES)
    attributes = {"email": "a@x.com", "phone_number": "+1555", "preferred_username": "me"}
    user = a_user(attributes={**attributes, "email_verified": "true"})
    assert {login.key: login.kind for login in logins_of(pool, user)} == {
        "alice": "username",
        user.id: "sub",
        "a@x.com": "email",
        "me": "preferred_username",
    }


@pytest.mark.parametrize("name", ["ADMIN", "ａｄｍｉｎ", "Admin", "ＡＤＭＩＮ"])
def test_without_case_names_that_look_alike_are_one(name: str) -> None:
    assert login_key(a_pool(**ANY_CASE), name) == "admin"
    assert login_key(a_pool(), name) == name


def test_signs_that_only_look_different_are_one() -> None:
    pool = a_pool(**ANY_CASE)
    assert login_key(pool, "\N{KELVIN SIGN}im") == login_key(pool, "kim")
    assert login_key(pool, "ofﬁce") == login_key(pool, "office")
    assert login_key(pool, "e\u0301") == login_key(pool, "\u00c9")
