"""Classic style sheets on the page: what may be said, and nothing that does more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.directory.css import SELECTORS
from poolkeep.core.directory.looks import ClassicLook, Picture
from poolkeep.http.hosted.branding.classic import PROPERTIES, is_plain, written
from poolkeep.http.hosted.branding.theme import classic_theme
from tests.sdk.support import holds

DOCUMENTED = """
/* every property of the documentation */
.label-customizable { font-weight: 400; color: #333; }
.inputField-customizable { width: 100%; height: 34px; color: #555; background-color: #fff;
  border: 1px solid #ccc; }
.inputField-customizable:focus { border-color: #66afe9; outline: 0; }
.textDescription-customizable { padding-top: 10px; padding-bottom: 10px; display: block;
  font-size: 16px; color: rgb(1, 2, 3); }
.submitButton-customizable { font-size: 14px; font-weight: bold; margin: 20px 0px 10px 0px;
  height: 40px; width: 100%; color: #fff; background-color: #337ab7; }
.submitButton-customizable:hover { color: #fff; background-color: #286090; }
.idpButton-customizable { height: 40px; width: 100%; text-align: center; margin-bottom: 15px;
  color: #fff; background-color: #5bc0de; border-color: #46b8da; }
.errorMessage-customizable { margin: 5px; padding: 5px; font-size: 14px; width: 100%;
  background: #F5F5F5; border: 2px solid #D64958; color: #D64958; box-sizing: border-box; }
.logo-customizable { max-width: 60%; max-height: 30%; background-color: transparent }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
"""


@holds("BRANDPAGE-04")
def test_everything_that_is_documented_is_written() -> None:
    text = written(DOCUMENTED)
    assert text.count("{") == 10
    for part in (
        ".label-customizable{font-weight:400;color:#333}",
        ".submitButton-customizable:hover{color:#fff;background-color:#286090}",
        "border:2px solid #D64958",
        "box-sizing:border-box",
        "margin:20px 0px 10px 0px",
        "color:rgb(1, 2, 3)",
    ):
        assert part in text
    logo = Picture(category="LOGO", color_mode="DYNAMIC", name="a.png")
    theme = classic_theme(ClassicLook(css=DOCUMENTED, logo=logo), lambda p: f"/assets/{p.name}")
    assert (theme.style, theme.logo, theme.mode) == (text, "/assets/a.png", "light")


@holds("BRANDPAGE-05")
@pytest.mark.parametrize(
    "declaration",
    [
        "position:fixed",
        "position : absolute",
        "z-index:9",
        "top:0",
        "inset:0",
        "float:left",
        "transform:translate(1px)",
        "content:'x'",
        "filter:none",
        "opacity:0",
        "cursor:none",
        "margin:-100px",
        "margin-top:-1px",
        "width:calc(1px - 100px)",
        "background:attr(x)",
        "background:var(--link)",
        "background:image-set('x')",
        "background:paint(x)",
        "color:red!ie",
        "font-family:'</style>'",
        "--link:red",
        "behavior:none",
        "-moz-binding:none",
        "animation:a 1s",
        "color:red red:blue",
        "color:rgb(1,2",
        "color:1,2)",
        "color:" + "a" * 500,
        "width:9999999px",
        "color:ｒｅｄ",
    ],
)
def test_what_could_do_more_is_left_out(declaration: str) -> None:
    text = written(f".label-customizable{{color:red;{declaration}}}")
    assert text in {".label-customizable{color:red}", ""}


@holds("BRANDPAGE-05")
@pytest.mark.parametrize(
    "sheet",
    [
        "@import 'x';",
        "@media print{.label-customizable{color:red}}",
        "body{color:red}",
        ".label-customizable{}</style><script>",
        ".label-customizable{color:red}}body{color:blue}",
        ".label-customizable{background:url(//x)}",
        ".label-customizable{background:\\75rl(//x)}",
        ".label-customizable{color:expression(alert(1))}",
        ".label-customizable{a{color:red}}",
        ".label-customizable *{color:red}",
        ".label-customizable{color:red/*}",
        "{" * 1_000_000,
        ".label-customizable{" + "color:red;" * 100_000,
        "/*" * 500_000,
        ".label-customizable{color:" + "rgb(" * 200_000 + "}",
    ],
    ids=range(15),
)
def test_a_sheet_that_would_be_refused_today_is_not_shown(sheet: str) -> None:
    """As if a row were older than the rule that refuses it."""
    text = written(f".banner-customizable{{color:green}}{sheet}")
    assert text in {"", ".banner-customizable{color:green}"} or text == (
        ".banner-customizable{color:green}.label-customizable{color:red}"
    )


@holds("BRANDPAGE-05")
@given(st.text(alphabet="ab1#%.,()/!'\"-+ *:;{}<>\\@urlé", max_size=60))
def test_a_value_never_leaves_its_declaration(value: str) -> None:
    if is_plain(value):
        assert not set(value) & set(";{}<>@\\:")
        assert value.count("(") == value.count(")")
    text = written(f".label-customizable{{color:{value}}}")
    assert text.count("{") == text.count("}")
    assert not set(text) & set("<>@\\")


def test_every_selector_can_be_written() -> None:
    for selector in SELECTORS:
        assert written(f"{selector}{{color:red}}") == f"{selector}{{color:red}}"
    assert "position" not in PROPERTIES
