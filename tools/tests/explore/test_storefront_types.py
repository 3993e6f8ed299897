"""The types of the storefront's pages are those of the GraphQL schema."""

from tools.explore.storefront_types import FILE, text


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text() == text(), "run `.venv/bin/python -m tools.explore.storefront_types`"
