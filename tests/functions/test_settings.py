"""Where the settings say that functions run."""

from pathlib import Path

import pytest

from poolkeep.adapters.triggers.directory import Directory
from poolkeep.compose.functions import endpoint_url
from poolkeep.function_settings import (
    Functions,
    HttpTarget,
    LambdaTarget,
    LocalTarget,
    Target,
    target_of,
)
from poolkeep.settings import Settings, Tls
from tests.functions.support import ARN, secrets
from tests.sdk.support import holds

ONE = HttpTarget(url="https://one.example")
TWO = HttpTarget(url="https://two.example")


@holds("FUNCTION-10", "FUNCTION-30", "FUNCTION-32")
@pytest.mark.parametrize(
    "text, target",
    [
        (
            "python:/srv/app.py:handler",
            LocalTarget(language="python", file=Path("/srv/app.py"), handler="handler"),
        ),
        (
            "node:app.mjs:run",
            LocalTarget(language="node", file=Path.cwd() / "app.mjs", handler="run"),
        ),
        ("https://hooks.example/a?b=c", HttpTarget(url="https://hooks.example/a?b=c")),
        (
            "lambda+https://KEY:SEC%2FRET@lambda.example:8443/base/?region=eu-west-1&function=f",
            LambdaTarget(
                url="https://lambda.example:8443/base",
                access_key="KEY",
                secret_key=secrets({"s": "SEC/RET"})["s"],
                region="eu-west-1",
                function="f",
            ),
        ),
    ],
)
def test_an_address_of_a_function_is_taken_apart(text: str, target: Target) -> None:
    assert target_of("name", text) == target


@pytest.mark.parametrize(
    "name, text",
    [
        ("name", ""),
        ("name", "app.py"),
        ("name", "python:app.py"),
        ("name", "python:app.mjs:handler"),
        ("name", "python:two.dots.py:handler"),
        ("name", "python:app.py:not-a-name"),
        ("name", "node:app.py:handler"),
        ("name", "ruby:app.rb:handler"),
        ("name", "https://"),
        ("name", "https://user:password@hooks.example"),
        ("name", "ftp://hooks.example"),
        ("name", "lambda+https://lambda.example"),
        ("name", "lambda+https://KEY:SECRET@lambda.example?profile=x"),
        ("not a name", "https://hooks.example"),
        ("arn:aws:sns:us-east-1:123456789012:topic", "https://hooks.example"),
        ("*", "https://hooks.example"),
        ("*", "python:app.py:handler"),
    ],
)
def test_what_is_no_address_of_a_function_is_a_fault_that_names_it(name: str, text: str) -> None:
    (fault,) = Functions(map=secrets({name: text})).faults
    assert fault.startswith(f"functions.map: {name} has no address of a function; ")


def test_other_faults_are_named() -> None:
    chosen = Functions(
        map=secrets({"known": "https://hooks.example"}),
        environment=secrets({"GOOD": "1", "f:GOOD": "2", "not good": "3"}),
        signing_keys=secrets({"known": "1", "*": "2", "unknown": "3"}),
    )
    assert [fault.split(".")[1].split(":")[0] for fault in chosen.faults] == [
        "environment",
        "signing_keys",
    ]


def directory(*, account: str | None = "123456789012", **targets: Target) -> Directory:
    named = {key.replace("__", ":"): value for key, value in targets.items()}
    return Directory(named, regions=["us-east-1"], default_region="us-east-1", account=account)


@holds("FUNCTION-05")
def test_the_closest_name_wins() -> None:
    found = Directory(
        {ARN + "f:live": ONE, ARN + "f": TWO, "f:test": ONE, "f": TWO},
        regions=["us-east-1"], default_region="us-east-1", account="123456789012",
    )  # fmt: skip
    keys = {
        "f:live": ARN + "f:live",
        "f:test": ARN + "f",
        "f": ARN + "f",
    }
    for name, key in keys.items():
        function = found.find(ARN + name)
        assert function is not None
        assert (function.key, function.name) == (key, "f")
    assert found.find(ARN + "g") is None


def test_a_bare_name_is_a_function_of_the_installations_account() -> None:
    foreign = ARN.replace("123456789012", "210987654321") + "f"
    assert directory(f=ONE).find(foreign) is None
    assert directory(f=ONE, account=None).find(foreign) is not None
    exact = Directory({foreign: ONE}, regions=[], default_region="x", account="123456789012")
    assert exact.find(foreign) is not None


def test_a_local_function_speaks_to_a_region_that_is_served() -> None:
    for region, spoken in (("us-east-1", "us-east-1"), ("ap-south-1", "us-east-1")):
        function = directory(f=ONE).find(ARN.replace("us-east-1", region) + "f")
        assert function is not None
        assert function.region == spoken


@holds("FUNCTION-12")
@pytest.mark.parametrize(
    "settings, url",
    [
        (Settings(), "http://127.0.0.1:9229"),
        (Settings(host="0.0.0.0", public_url="https://id.example"), "http://127.0.0.1:9229"),
        (Settings(host="::"), "http://[::1]:9229"),
        (Settings(admin_port=9230), "http://127.0.0.1:9230"),
        (Settings(admin_port=9230, admin_host="10.0.0.1"), "http://10.0.0.1:9230"),
        (Settings(admin_port=9230, allowed_hosts=("a", "localhost")), "http://localhost:9230"),
        (
            Settings(
                admin_port=9230,
                allowed_hosts=("localhost",),
                tls=Tls(certificate_file=Path("c"), key_file=Path("k")),
            ),
            "https://localhost:9230",
        ),
        (
            Settings(
                public_url="https://id.example",
                tls=Tls(certificate_file=Path("c"), key_file=Path("k")),
            ),
            "https://id.example",
        ),
        (Settings(functions=Functions(endpoint_url="https://own.example/")), "https://own.example"),
    ],
)
def test_functions_reach_the_port_that_takes_signed_operations(
    settings: Settings, url: str
) -> None:
    assert endpoint_url(settings) == url
