"""Which role somebody gets: every way to choose one, and ways to get another one.

The expectations are worked out here, from the sentences of the developer guide, and not by our
own code. docs/behaviours/identity-attacks.md.
"""

import itertools
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.behaviours.test_identity_credentials import NO_ROLE
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.iam import refused
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.issuers import CLIENT, Issuer
from tests.sdk.support import REGION, RefusedError, Wire, claims_of, holds, tampered, unique

NONE_LEFT: Final = "No role is available for this identity."
ROLES: Final = "cognito:roles"
PREFERRED: Final = "cognito:preferred_role"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
WHO: Final = b"Action=GetCallerIdentity&Version=2011-06-15"


class World:
    """A pool whose users come from an issuer that says anything, and roles to choose from."""

    def __init__(self, wire: Wire, issuer: Issuer) -> None:
        self.wire = wire
        self.issuer = issuer
        self.place = Place(wire.base_url, wire.account)
        self.public = unsigned(wire.base_url)
        made = self.place.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[CLIENT])
        self.pool_id = self.place.pool(OpenIdConnectProviderARNs=[made["OpenIDConnectProviderArn"]])
        elsewhere = self.place.pool()
        self.arns = {name: self.place.role(self.pool_id) for name in ("default", "a", "b", "c")}
        self.arns["foreign"] = self.place.role(elsewhere)
        self.arns["nobody's"] = f"arn:aws:iam::{wire.account}:role/nobody"
        self.names = {arn: name for name, arn in self.arns.items()}
        self.sub = unique()
        self.identity = self.public.get_id(
            IdentityPoolId=self.pool_id, Logins={issuer.name: issuer.token(self.sub)}
        )["IdentityId"]

    def map(self, mapping: dict[str, Any] | None, *, default: bool = True) -> None:
        """Give the pool its mapping; roles are called by their names."""
        more = {} if mapping is None else {"RoleMappings": {self.issuer.name: self.named(mapping)}}
        self.place.admin.set_identity_pool_roles(
            IdentityPoolId=self.pool_id,
            Roles={"authenticated": self.arns["default"]} if default else {},
            **more,
        )

    def named(self, value: Any) -> Any:
        """Return a value with ARNs in the place of `<name>`."""
        if isinstance(value, dict):
            return {key: self.named(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.named(each) for each in value]
        for name, arn in self.arns.items():
            value = value.replace(f"<{name}>", arn) if isinstance(value, str) else value
        return value

    def outcome(self, claims: dict[str, Any], custom: str | None) -> str:
        """Return the role that somebody gets, or why there is none."""
        token = self.issuer.token(self.sub, **self.named(claims))
        more = {} if custom is None else {"CustomRoleArn": self.arns[custom]}
        try:
            given = self.public.get_credentials_for_identity(
                IdentityId=self.identity, Logins={self.issuer.name: token}, **more
            )
        except ClientError as error:
            told = error.response["Error"]
            return REASONS[told["Message"].replace(self.arns[custom or "a"], "<role>")]
        return self.names[f"arn:aws:iam::{self.place.account}:role/{self.role(given)}"]

    def role(self, given: Any) -> str:
        """Return the name of the role behind credentials."""
        keys = given["Credentials"]
        request = AWSRequest("POST", self.wire.base_url + "/", FORM, WHO)
        SigV4Auth(
            Credentials(keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"]), "sts", REGION
        ).add_auth(request)
        reply = self.wire.exchange("POST", "/", WHO, dict(request.headers.items()))
        assert reply.status == 200, reply.body
        return reply.body.decode().partition(":assumed-role/")[2].partition("/")[0]


REASONS: Final = {
    NO_ROLE: "misconfigured",
    NONE_LEFT: "denied",
    "Access to Role '<role>' is forbidden.": "forbidden",
}


class Case(NamedTuple):
    """A mapping, what a token says, which role is asked for, and what comes of it."""

    mapping: dict[str, Any] | None
    claims: dict[str, Any]
    custom: str | None
    default: bool
    expected: str


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(wire: Wire, issuer: Issuer) -> World:
    return World(wire, issuer)


def given_role(role: str) -> str:
    """Return what comes of a choice: the role must trust the pool."""
    return "misconfigured" if role in {"foreign", "nobody's"} else role


def fallback(resolution: str, custom: str | None, *, default: bool) -> str:
    """Return what AmbiguousRoleResolution makes of it."""
    if resolution == "Deny":
        return "denied"
    if not default:
        return "misconfigured"
    return "default" if custom in {None, "default"} else "forbidden"


LISTS: Final[dict[str, tuple[Any, list[str]]]] = {
    "absent": (None, []),
    "empty": ([], []),
    "one": (["<a>"], ["a"]),
    "two": (["<a>", "<b>"], ["a", "b"]),
    "text": ("<a>", ["a"]),
    "texts": ("<b>,<a>", ["b", "a"]),
    "foreign": (["<foreign>"], ["foreign"]),
    "not roles": ([1, {"x": "<a>"}, None, ""], []),
    "a truth": (True, []),
}


def by_token() -> Iterator[Case]:
    for (claim, listed), preferred, resolution, custom, default in itertools.product(
        LISTS.values(), (None, "b", "nobody's", ""), ("AuthenticatedRole", "Deny"),
        (None, "a", "c", "default"), (True, False),
    ):  # fmt: skip
        if not default and custom is not None:
            continue
        claims: dict[str, Any] = {} if claim is None else {ROLES: claim}
        if preferred is not None:
            claims[PREFERRED] = f"<{preferred}>" if preferred else ""
        if custom is not None:
            expected = given_role(custom) if custom in listed else "forbidden"
        elif preferred:
            expected = given_role(preferred)
        elif len(listed) == 1:
            expected = given_role(listed[0])
        else:
            expected = fallback(resolution, custom, default=default)
        mapping = {"Type": "Token", "AmbiguousRoleResolution": resolution}
        yield Case(mapping, claims, custom, default, expected)


RULES: Final[list[list[tuple[str, str, str, str]]]] = [
    [("dept", "Equals", "red", "a")],
    [("dept", "NotEqual", "red", "a")],
    [("dept", "Contains", "e", "a"), ("dept", "Equals", "red", "b")],
    [("dept", "StartsWith", "r", "b"), ("dept", "Contains", "re", "a")],
    [("team", "Equals", "red", "c"), ("dept", "NotEqual", "blue", "a")],
    [("cognito:preferred_role", "Contains", "role", "c")],
]
DEPARTMENTS: Final[list[Any]] = [
    None, "red", "Red", "red ", "blue", "", ["red"], ["blue", "red"], ["b,r", "ed"], [], True, 7,
]  # fmt: skip


def fits(match: str, wanted: str, claim: Any) -> bool:
    """Tell whether a rule is met by a claim that is there."""
    texts = [
        each if isinstance(each, str) else str(each).lower()
        for each in (claim if isinstance(claim, list) else [claim])
    ]
    line = ",".join(texts)
    return {
        "Equals": any(text == wanted for text in texts),
        "NotEqual": all(text != wanted for text in texts),
        "Contains": line.find(wanted) >= 0,
        "StartsWith": line[: len(wanted)] == wanted,
    }[match]


def by_rules() -> Iterator[Case]:
    for listed, dept, resolution, custom in itertools.product(
        RULES, DEPARTMENTS, ("AuthenticatedRole", "Deny"), (None, "a", "b", "default")
    ):
        claims = {} if dept is None else {"dept": dept}
        met = [
            role
            for claim, match, wanted, role in listed
            if claim in claims and fits(match, wanted, claims[claim])
        ]
        if not met:
            expected = fallback(resolution, custom, default=True)
        elif custom is None:
            expected = met[0]
        else:
            expected = custom if custom in met else "forbidden"
        rules = [
            {"Claim": claim, "MatchType": match, "Value": wanted, "RoleARN": f"<{role}>"}
            for claim, match, wanted, role in listed
        ]
        mapping = {
            "Type": "Rules",
            "AmbiguousRoleResolution": resolution,
            "RulesConfiguration": {"Rules": rules},
        }
        yield Case(mapping, claims, custom, True, expected)


def without_mapping() -> Iterator[Case]:
    for (claim, _), custom in itertools.product(LISTS.values(), (None, "a", "default")):
        claims = {PREFERRED: "<b>", **({} if claim is None else {ROLES: claim})}
        expected = "default" if custom in {None, "default"} else "forbidden"
        yield Case(None, claims, custom, True, expected)


@holds("IDAT-04")
@pytest.mark.parametrize("table", [by_token, by_rules, without_mapping])
def test_a_role_is_chosen_by_the_table(world: World, table: Any) -> None:
    cases = list(table())
    assert len(cases) > (20 if table is without_mapping else 300)
    wrong = []
    for (mapping, default), listed in itertools.groupby(
        sorted(cases, key=lambda case: (str(case.mapping), case.default)),
        key=lambda case: (case.mapping, case.default),
    ):
        world.map(mapping, default=default)
        for case in listed:
            got = world.outcome(case.claims, case.custom)
            if got != case.expected:
                wrong.append((got, case))
    assert not wrong, f"{len(wrong)} of {len(cases)}"


# -- ways to another role


@pytest.fixture(scope="module")
def mapped(wire: Wire, world: World) -> tuple[App, str]:
    """Return an app whose users get roles by their groups, in a pool with an issuer of no rank."""
    app = an_app(wire, a_pool(wire, Schema=[{"Name": "role", "AttributeDataType": "String"}]))
    place = world.place
    pool_id = place.pool_for(
        app,
        OpenIdConnectProviderARNs=[
            f"arn:aws:iam::{place.account}:oidc-provider/{world.issuer.name}"
        ],
    )
    world.arns["plain"], world.arns["group"] = (place.role(pool_id) for _ in range(2))
    place.admin.set_identity_pool_roles(
        IdentityPoolId=pool_id,
        Roles={"authenticated": world.arns["plain"]},
        RoleMappings={
            f"{key_of(app)}:{app.client_id}": {
                "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"
            }
        },
    )  # fmt: skip
    wire.call(
        "CreateGroup", UserPoolId=app.pool_id, GroupName="g", RoleArn=world.arns["group"]
    )  # fmt: skip
    return app, pool_id


def role_by(world: World, pool_id: str, logins: dict[str, str]) -> str:
    """Return the name of the role that logins get."""
    who = world.public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    given = world.public.get_credentials_for_identity(IdentityId=who, Logins=logins)
    return world.role(given)


@holds("IDAT-04")
def test_another_providers_claims_choose_no_role(world: World, mapped: tuple[App, str]) -> None:
    app, pool_id = mapped
    group, plain = (world.arns[name].rpartition("/")[2] for name in ("group", "plain"))
    boasting: dict[str, Any] = {
        ROLES: [world.arns["group"]], PREFERRED: world.arns["group"]
    }  # fmt: skip

    def foreign() -> dict[str, str]:
        return {world.issuer.name: world.issuer.token(unique(), **boasting)}

    assert role_by(world, pool_id, foreign()) == plain, "its provider has no mapping"
    assert role_by(world, pool_id, {**login(app), **foreign()}) == plain
    assert role_by(world, pool_id, {**foreign(), **login(app)}) == plain
    name = app.user()
    app.admin("AdminAddUserToGroup", name, GroupName="g")
    assert role_by(world, pool_id, login(app, name)) == group, "and who is in the group gets it"


@holds("IDAT-04")
def test_attributes_of_a_user_are_no_roles(world: World, mapped: tuple[App, str]) -> None:
    app, pool_id = mapped
    arn = world.arns["group"]
    plain = world.arns["plain"].rpartition("/")[2]
    for name in (ROLES, PREFERRED, f"custom:{PREFERRED}", "cognito:groups"):
        with pytest.raises(RefusedError):
            app.sign_up(unique(), **{name: arn})
    app.wire.call(
        "AddCustomAttributes",
        UserPoolId=app.pool_id,
        CustomAttributes=[{"Name": ROLES, "AttributeDataType": "String"}],
    )
    user = app.user("", custom__role=arn, custom__cognito__roles=arn, profile=arn, nickname=arn)
    logins = login(app, user)
    assert f"custom:{ROLES}" in claims_of(logins[key_of(app)])
    assert ROLES not in claims_of(logins[key_of(app)])
    assert role_by(world, pool_id, logins) == plain


@holds("IDAT-04")
def test_altered_claims_are_no_claims(world: World, mapped: tuple[App, str]) -> None:
    app, pool_id = mapped
    token = login(app)[key_of(app)]
    head, claims, signature = token.split(".")
    others = login(app)[key_of(app)].split(".")
    stranger = Issuer.new_key("k1")
    wrong = [
        tampered(token, len(head) + 20),
        ".".join((head, others[1], signature)),
        ".".join((head, claims, others[2])),
        world.issuer.token(unique(), iss=f"https://{key_of(app)}", aud=app.client_id),
        world.issuer.token(unique(), iss=f"https://{key_of(app)}", key=stranger),
        app.sign_in(app.user())["AccessToken"],
    ]
    for each in wrong:
        with refused("NotAuthorizedException"):
            role_by(world, pool_id, {key_of(app): each})


@holds("IDAT-04")
def test_a_chosen_role_must_trust_the_pool(world: World, mapped: tuple[App, str]) -> None:
    """A group's role that trusts another pool, or a user, is nobody's by this way."""
    app, pool_id = mapped
    for number, role in enumerate((world.arns["foreign"], world.arns["a"])):
        group = f"odd{number}"
        app.wire.call(
            "CreateGroup", UserPoolId=app.pool_id, GroupName=group, RoleArn=role, Precedence=0
        )
        name = app.user()
        app.admin("AdminAddUserToGroup", name, GroupName=group)
        with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
            role_by(world, pool_id, login(app, name))
