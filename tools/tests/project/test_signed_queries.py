"""Services encode the queries of signed requests in one place, as AWS does when it checks the signature."""

import re

from tools import ROOT

# Python's own encoders of forms. They write a space as `+`.
ENCODERS = re.compile(r"\b(urlencode|quote_plus)\b")
ENCODING = "shared/src/ecom/http.py"


def test_only_encoded_query_encodes_queries() -> None:
    sources = [*ROOT.glob("*/src/*_service/**/*.py"), *ROOT.glob("shared/src/ecom/**/*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if ENCODERS.search(path.read_text())}
    assert found == {ENCODING}, f"use encoded_query of {ENCODING}"
