"""What AppSync's parser of schemas refuses although GraphQL allows it.

- String descriptions: aws/aws-appsync-community issue 38.
- An empty comment: aws-amplify/amplify-category-api issue 173.
- A comment above an enum value that contains the word null, true or false: aws/aws-appsync-community issue 410.
"""

import re
from collections.abc import Iterator

from graphql import DocumentNode, EnumValueDefinitionNode, Location, Node, StringValueNode, Visitor, visit

# AppSync's answer. It names no line.
REFUSAL = "Failed to parse schema document - ensure it's a valid SDL-formatted document."
NOT_ABOVE_ENUM_VALUES = re.compile(r"\b(null|true|false)\b")


def refusals(text: str, document: DocumentNode) -> Iterator[tuple[int, str]]:
    """(line, why) of what AppSync cannot parse. `document` is the text as graphql-core parsed it."""
    for description in descriptions(document):
        yield place(description).start_token.line, "a string description; write a comment"
    yield from refused_comments(text, document)


def descriptions(document: DocumentNode) -> list[StringValueNode]:
    found: list[StringValueNode] = []

    class Descriptions(Visitor):
        def enter(self, node: Node, *_: object) -> None:
            description = getattr(node, "description", None)
            if isinstance(description, StringValueNode):
                found.append(description)

    visit(document, Descriptions())
    return found


def place(node: Node) -> Location:
    if node.loc is None:
        raise ValueError("the document was parsed without locations")
    return node.loc


def refused_comments(text: str, document: DocumentNode) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    above_enum_values = _lines_above_enum_values(lines, document)
    for number, line in enumerate(lines, 1):
        comment = line.strip()
        if comment == "#":
            yield number, "an empty comment"
        elif comment.startswith("#") and number in above_enum_values and NOT_ABOVE_ENUM_VALUES.search(comment):
            yield number, "a comment above an enum value with the word null, true or false"


def _lines_above_enum_values(lines: list[str], document: DocumentNode) -> set[int]:
    found: set[int] = set()

    class Values(Visitor):
        def enter(self, node: Node, *_: object) -> None:
            if isinstance(node, EnumValueDefinitionNode):
                line = place(node).start_token.line - 1
                while line > 0 and lines[line - 1].strip().startswith("#"):
                    found.add(line)
                    line -= 1

    visit(document, Values())
    return found
