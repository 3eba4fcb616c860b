import re
import time
import unicodedata

import pytest

from poolkeep.wire.patterns import matcher
from poolkeep.wire.service import NAMES, load

WORDS = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
TEMPLATE = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
LINK = (
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}"
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
)
PASSWORD = r"^[\S]+.*[\S]+$"

PATTERNS = sorted(
    {row[2] for name in NAMES for row in load(name).table.strings.values() if row[2] is not None}
)


@pytest.mark.parametrize(
    "pattern,text,expected",
    [
        (WORDS, "zoë", True),
        (WORDS, "李雷", True),
        (WORDS, "😀+x", True),
        (WORDS, "a b", False),
        (WORDS, "a\u00a0b", False),
        (WORDS, "a\u200db", False),
        (WORDS, "a\ue000", False),
        (WORDS, "", False),
        (r"[\w\s+=,.@-]+", "my pool-1", True),
        (r"[\w\s+=,.@-]+", "é", False),
        (r"[\w\s+=,.@-]+", "a\u00a0b", False),
        (r"[\w+]+", "abc\n", False),
        (r"[0-9]+", "١٢٣", False),
        (r"[\S]+", "a\u00a0b", True),
        (r"[\S]+", "a b", False),
        (r"[A-Za-z0-9-_=.]+", "a-b_c=.", True),
        (r"[A-Za-z0-9-_=.]+", "a:b", False),
        (r"[A-Za-z0-9-_+/=.]+", "a+b/c", True),
        (r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", "Idp", True),
        (r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", "a_bc", True),
        (r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", "ab", False),
        (r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", "_abc", False),
        (r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", "éé\u2003e", False),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", "my idp\u3000é", True),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", "tab\té", False),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "größe 1", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "größe!", False),
        (TEMPLATE, "Dein Code: {####} – bis bald\n", True),
        (TEMPLATE, "{####}", True),
        (TEMPLATE, "no code é", False),
        (TEMPLATE, "{####}\x00", False),
        (LINK, "hier: {##klick é##}!", True),
        (LINK, "{####}", True),
        (LINK, "{##a", False),
        (LINK, "##}{##", False),
        (LINK, "{##}", False),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "é@b", True),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "@@@", True),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "@b", False),
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "b@", False),
        (r".*\{####\}.*", "code {####}", True),
        (r".*\{####\}.*", "code\n{####}", False),
        (r".*\{####\}.*", "code\u2028{####}", False),
        ("(?s).*", "a\nb", True),
        (PASSWORD, "ab", True),
        (PASSWORD, "a b c", True),
        (PASSWORD, "a", False),
        (PASSWORD, "", False),
        (PASSWORD, " ab", False),
        (PASSWORD, "ab ", False),
        (PASSWORD, "a\nb", False),
        (PASSWORD, "a \u2028 b", False),
        (PASSWORD, "a\u2028b", True),
        (r"^[0-9A-Za-z\.\-_]*(?<!\.)$", "bucket.name", True),
        (r"^[0-9A-Za-z\.\-_]*(?<!\.)$", "bucket.", False),
        (r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$", "my-domain", True),
        (r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$", "my-domain\n", False),
        (r"(un)?authenticated", "unauthenticated", True),
    ],
)
def test_a_pattern_means_what_java_means(pattern: str, text: str, expected: bool) -> None:
    assert matcher(pattern)(text) is expected


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_compiles_and_is_linear(pattern: str) -> None:
    matches = matcher(pattern)
    size = 50_000
    for seed in (
        "a",
        "_",
        "-",
        ":",
        "@",
        "/",
        "{####}",
        "{##",
        "##}",
        "{##a##}",
        "a_",
        "a:",
        "a.",
        "arn:",
        "a:a:",
        " a",
        "a ",
        "é",
        "é@",
        "0",
        "/a/",
        "\n",
        "😀",
    ):
        body = seed * (size // len(seed))
        for attack in (body, body + "\x00", "a" + body + " ", body + "\u2029"):
            started = time.process_time()
            matches(attack)
            took = time.process_time() - started
            assert took < 0.05, (seed, took)


def test_characters_agree_with_the_unicode_database() -> None:
    matches = matcher(WORDS)
    for code in [*range(0x3000), *range(0x1F000, 0x1FA00)]:
        character = chr(code)
        assert matches(character) is (unicodedata.category(character)[0] not in "ZC"), hex(code)


def test_the_password_pattern_agrees_with_a_backtracking_engine() -> None:
    # Java's dot stops at these; its blank class is ASCII.
    blank = "[\t\n\x0b\f\r ]"
    reference = re.compile(f"[^{blank[1:]}+[^\n\r\u0085\u2028\u2029]*[^{blank[1:]}+")
    matches = matcher(PASSWORD)
    alphabet = "a \n\t\u2028"
    texts = [""]
    for _ in range(6):
        texts += [text + c for text in texts[-(5**5) :] for c in alphabet]
    for text in set(texts):
        assert matches(text) is (reference.fullmatch(text) is not None), repr(text)


def test_an_unknown_escape_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown escape"):
        matcher(r"\bword")


def test_a_property_class_in_an_unsupported_place_is_refused() -> None:
    with pytest.raises(ValueError, match="unsupported place"):
        matcher(r"(\p{L})?x")
