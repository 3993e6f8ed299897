"""A GraphQL schema as AppSync accepts it: descriptions become comments, comments that it cannot parse are left out."""

from graphql import GraphQLSyntaxError, StringValueNode, parse

from tools.local.aws.appsync.grammar import descriptions, place, refused_comments
from tools.project.problems import Problem


def for_appsync(text: str, path: str) -> str:
    """`path` names the file in a Problem."""
    try:
        found = descriptions(parse(text))
    except GraphQLSyntaxError as error:
        at = error.locations[0] if error.locations else None
        raise Problem(f"{path}:{at.line if at else 1}: {error.message}") from None
    for description in reversed(found):
        text = _as_comment(text, description)
    refused = {line for line, _ in refused_comments(text, parse(text))}
    return "".join(line for number, line in enumerate(text.splitlines(keepends=True), 1) if number not in refused)


def _as_comment(text: str, description: StringValueNode) -> str:
    start, end = place(description).start, place(description).end
    indent = " " * (start - text.rfind("\n", 0, start) - 1)
    comments = [f"# {line.strip()}" for line in description.value.splitlines() if line.strip()]
    return text[:start] + f"\n{indent}".join([*comments, text[end:].lstrip()])
