"""Bytes into lines: the same however they arrive, and never more in memory than one line."""

from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.imports.lines import ROW_BYTES_MAX, Line, Lines, values_of
from poolkeep.core.imports.model import Place

FILES = st.lists(
    st.sampled_from(
        [b"a,b", b"", b"\r", b"c\r", "é".encode(), b"\xff", b"x" * 90, b"\\,", b" ", b"\0"]
    ),
    max_size=12,
).flatmap(lambda rows: st.sampled_from([b"\n".join(rows), b"\n".join(rows) + b"\n"]))
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=10)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    found, place, turn = [], 0, 0
    while place < len(data):
        step = cuts[turn % len(cuts)]
        found.append(data[place : place + step])
        place, turn = place + step, turn + 1
    return found


def read(data: bytes, cuts: list[int]) -> tuple[list[Line], list[tuple[Place, int]], Place]:
    """Return the lines, the places on the way with how many lines came before, and the last."""
    lines = Lines(Place())
    found: list[Line] = []
    places = [(lines.place, 0)]
    for piece in pieces(data, cuts):
        found += lines.feed(piece)
        places.append((lines.place, len(found)))
    found += lines.end()
    return found, places, lines.place


def expected(data: bytes) -> list[Line]:
    return [
        Line(number, row)
        for number, row in enumerate(data.split(b"\n"), 1)
        if row not in {b"", b"\r"}
    ]


@given(FILES, CUTS)
def test_lines_are_the_same_however_they_arrive(data: bytes, cuts: list[int]) -> None:
    found, _, last = read(data, cuts)
    assert found == expected(data)
    assert last.byte == len(data)


@given(FILES, CUTS, st.data())
def test_reading_goes_on_at_every_place(data: bytes, cuts: list[int], draw: st.DataObject) -> None:
    found, places, _ = read(data, cuts)
    place, before = draw.draw(st.sampled_from(places))
    assert place.byte == 0 or data[place.byte - 1 : place.byte] == b"\n"
    again = Lines(place)
    assert [*again.feed(data[place.byte :]), *again.end()] == found[before:]


def test_a_line_of_any_length_is_dropped_and_the_next_one_read() -> None:
    lines = Lines(Place())
    found = lines.feed(b"head\n")
    for _ in range(40):
        found += lines.feed(b"x" * 10_000)
        assert len(lines._begun) <= ROW_BYTES_MAX
        assert lines.place == Place(byte=5, line=2)
    found += lines.feed(b"\ntail")
    assert lines.place == Place(byte=5 + 400_001, line=3)
    assert [*found, *lines.end()] == [Line(1, b"head"), Line(2, None), Line(3, b"tail")]
    assert lines.place == Place(byte=5 + 400_001 + 4, line=4)


def test_the_longest_row_is_kept() -> None:
    lines = Lines(Place())
    row = "𐍈".encode() * 16_000 + b"\r"
    assert lines.feed(row + b"\n" + row + b"x\n") == [Line(1, row), Line(2, None)]


def test_values_are_trimmed_and_a_comma_may_be_escaped() -> None:
    assert values_of(" a ,, b c\t,d\\,e,\\f\\\\,g\r") == ["a", "", "b c", "d,e", "\\f\\,g"]
    assert values_of("") == [""]
    assert values_of('"a","b"') == ['"a"', '"b"']


@given(st.lists(st.text(st.characters(exclude_characters="\\,\n")), min_size=1, max_size=6))
def test_values_come_back(values: list[str]) -> None:
    trimmed = [value.strip() for value in values]
    assert values_of(",".join(values)) == trimmed
    escaped = ",".join(value.replace("e", "\\,") for value in values)
    assert values_of(escaped) == [value.replace("e", ",").strip() for value in values]
