"""The generated pages say what the code says."""

import pytest

from tools import generate_docs


@pytest.mark.parametrize("page", generate_docs.GENERATORS)
def test_a_generated_page_is_current(page: str) -> None:
    written = (generate_docs.PAGES / page).read_text()
    assert written == generate_docs.render(page), "run: make generate"
