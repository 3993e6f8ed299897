"""AppSync cannot parse descriptions and some comments: the packaged schema has none of them."""

import pytest
from graphql import TokenKind, parse, print_ast
from graphql.language import Lexer, Source

from tools import ROOT
from tools.deploy.graphql_schema import for_appsync
from tools.local.aws.appsync.grammar import refusals
from tools.project.problems import Problem

SCHEMA = '''
"The doors."
type Query {
  "A product, or null."
  product("Its id." id: ID!): String
  other: String  "behind a field"  third: String
}

"""
What an order is.

  Indented.
"""
enum Status {
  "never null"
  NEW
  "packed"
  PACKED
  #
}
'''


def kinds(text: str) -> set[TokenKind]:
    lexer = Lexer(Source(text))
    found: set[TokenKind] = set()
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        found.add(token.kind)
    return found


def test_descriptions_become_comments() -> None:
    text = for_appsync(SCHEMA, "schema.graphql")
    assert "# The doors.\ntype Query {" in text
    assert "  # A product, or null.\n  product(" in text
    assert "# What an order is.\n# Indented.\nenum Status" in text
    assert not {TokenKind.STRING, TokenKind.BLOCK_STRING} & kinds(text)


def test_comments_that_appsync_cannot_parse_are_left_out() -> None:
    text = for_appsync(SCHEMA, "schema.graphql")
    assert "never null" not in text
    assert "# packed\n  PACKED" in text
    assert list(refusals(text, parse(text))) == []


def test_types_and_fields_stay_as_they_are() -> None:
    bare = "type Query { product(id: ID!): String other: String third: String } enum Status { NEW PACKED }"
    assert print_ast(parse(for_appsync(SCHEMA, "schema.graphql"))) == print_ast(parse(bare))


def test_our_schema_has_only_what_appsync_parses() -> None:
    written = (ROOT / "frontend-api" / "schema.graphql").read_text()
    text = for_appsync(written, "frontend-api/schema.graphql")
    assert list(refusals(text, parse(text))) == []
    assert "# The catalogue, page by page." in text


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(Problem, match=r"^schema.graphql:2: "):
        for_appsync("type Query {\n  a String\n}", "schema.graphql")
