"""Every character of a token counts: none can be changed, and none spelled otherwise."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.flows.in_process import serving
from tests.sdk.builders import App, an_app
from tests.sdk.support import Json, refused

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder: Path = tmp_path_factory.mktemp("tokens")
    with serving(folder) as wire:
        yield an_app(wire)


@pytest.fixture(scope="module")
def tokens(app: App) -> dict[str, Json]:
    return app.sign_in(app.user())


def altered(token: str) -> Iterator[str]:
    """Yield the token with one character replaced by its neighbour: one bit, even an unused one."""
    for place, character in enumerate(token):
        if character in ALPHABET:
            other = ALPHABET[ALPHABET.index(character) ^ 1]
            yield token[:place] + other + token[place + 1 :]


def respelled(token: str) -> Iterator[str]:
    """Yield other spellings of the same bytes, and other shapes."""
    head, _, rest = token.partition(".")
    yield from (token + "=", token + "==", token + ".", "." + token, token + " x")
    yield from (f"{head}=.{rest}", f"{head}..{rest}", token[:-1], token[1:], token + token)
    yield token.replace("-", "+").replace("_", "/") + "."
    yield ".".join(token.split(".")[:-1])
    yield ".".join([*token.split(".")[:-1], ""])
    yield ".".join(reversed(token.split(".")))


def uses(app: App, kind: str) -> Callable[[str], Json]:
    if kind == "RefreshToken":
        return app.refresh
    return lambda token: app.wire.call("GetUser", AccessToken=token)


@pytest.mark.parametrize("kind", ["RefreshToken", "AccessToken"])
def test_no_altered_token_is_taken(app: App, tokens: dict[str, Json], kind: str) -> None:
    use, token = uses(app, kind), tokens[kind]
    for other in altered(token):
        with refused("NotAuthorizedException"):
            use(other)
    assert use(token), "nothing of that has harmed it"


@pytest.mark.parametrize("kind", ["RefreshToken", "AccessToken"])
def test_no_other_spelling_is_taken(app: App, tokens: dict[str, Json], kind: str) -> None:
    use, token = uses(app, kind), tokens[kind]
    for other in respelled(token):
        reply = None
        try:
            reply = use(other)
        except Exception as refusal:  # noqa: BLE001  looked at below
            assert getattr(refusal, "status", 0) == 400, refusal  # noqa: PT017  any typed refusal
        assert reply is None, other
    assert use(token)


def test_tokens_are_good_for_one_thing_each(app: App, tokens: dict[str, Json]) -> None:
    for kind in ("IdToken", "RefreshToken"):
        with refused("NotAuthorizedException"):
            app.wire.call("GetUser", AccessToken=tokens[kind])
    for kind in ("IdToken", "AccessToken"):
        with refused("NotAuthorizedException"):
            app.refresh(tokens[kind])


def test_parts_of_two_tokens_make_none(app: App, tokens: dict[str, Json]) -> None:
    others = app.sign_in(app.user())
    for kind in ("RefreshToken", "AccessToken"):
        mine, theirs = tokens[kind].split("."), others[kind].split(".")
        for place in range(len(mine)):
            mixed = ".".join([*mine[:place], theirs[place], *mine[place + 1 :]])
            if mixed not in {tokens[kind], others[kind]}:
                with refused("NotAuthorizedException"):
                    uses(app, kind)(mixed)
