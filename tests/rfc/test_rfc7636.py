"""Proof Key for Code Exchange. Names carry the sections; the pool is strict."""

import pytest

from poolkeep.core.oauth.codes import verifies
from tests.flows.oauth_party import VERIFIER, Party, challenge_of

EXAMPLE_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
EXAMPLE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_appendix_b_the_example() -> None:
    assert verifies(EXAMPLE_VERIFIER, EXAMPLE_CHALLENGE)
    assert challenge_of(EXAMPLE_VERIFIER) == EXAMPLE_CHALLENGE


@pytest.mark.parametrize("length, fine", [(42, False), (43, True), (128, True), (129, False)])
def test_section_4_1_the_length_of_a_verifier(party: Party, length: int, fine: bool) -> None:
    verifier = "v" * length
    code = party.code(party.user(), code_challenge=challenge_of(verifier))
    assert (party.redeem(code, code_verifier=verifier).status == 200) == fine


@pytest.mark.parametrize("character", ["+", "/", "=", "é", " ", "\n"])
def test_section_4_1_the_characters_of_a_verifier(party: Party, character: str) -> None:
    verifier = VERIFIER + character
    code = party.code(party.user(), code_challenge=challenge_of(verifier))
    assert party.redeem(code, code_verifier=verifier).error == (400, "invalid_grant")


def test_section_4_2_the_challenge_itself_proves_nothing(party: Party) -> None:
    challenge = challenge_of(VERIFIER)
    code = party.code(party.user(), code_challenge=challenge)
    assert party.redeem(code, code_verifier=challenge).error == (400, "invalid_grant")


@pytest.mark.parametrize("verifier", [None, "w" * 43, VERIFIER + "v"])
def test_section_4_6_a_missing_or_wrong_verifier(public: Party, verifier: str | None) -> None:
    code = public.code(public.user(), code_challenge=challenge_of(VERIFIER))
    assert public.redeem(code, code_verifier=verifier).error == (400, "invalid_grant")
    # Guessing wrong does not spend the code, and guessing 256 bits leads nowhere.
    assert public.redeem(code, code_verifier=VERIFIER).status == 200


def test_section_7_2_only_s256_is_announced(party: Party) -> None:
    document = party.get("/.well-known/openid-configuration").members
    assert document["code_challenge_methods_supported"] == ["S256"]


def test_rfc9700_section_2_1_1_a_verifier_without_a_challenge_is_a_downgrade(party: Party) -> None:
    code = party.code(party.user())
    assert party.redeem(code, code_verifier=VERIFIER).error == (400, "invalid_grant")
