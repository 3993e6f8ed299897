"""What a resolver learns about the fields below it: `info.selectionSetList` and `info.selectionSetGraphQL`."""

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
    print_ast,
)


def selection_paths(info: GraphQLResolveInfo) -> list[str]:
    """The paths of all fields below by their aliases, each once, parents first."""
    found: dict[str, None] = {}
    for node in info.field_nodes:
        _collect(node.selection_set, "", info, found)
    return list(found)


def selection_text(info: GraphQLResolveInfo) -> str:
    """The selection as written, without comments; empty for a field without one."""
    return "\n".join(print_ast(node.selection_set) for node in info.field_nodes if node.selection_set)


def _collect(
    selections: SelectionSetNode | None, prefix: str, info: GraphQLResolveInfo, found: dict[str, None]
) -> None:
    for node in selections.selections if selections else ():
        if not _included(node, info):
            continue
        if isinstance(node, FieldNode):
            path = prefix + (node.alias or node.name).value
            found[path] = None
            _collect(node.selection_set, f"{path}/", info, found)
        elif isinstance(node, FragmentSpreadNode):
            _collect(info.fragments[node.name.value].selection_set, prefix, info, found)
        elif isinstance(node, InlineFragmentNode):
            _collect(node.selection_set, prefix, info, found)


def _included(node: SelectionNode, info: GraphQLResolveInfo) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])
