"""`info.selectionSetList`: the paths of all fields below the one being resolved, by their aliases."""

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
)


def selection_paths(info: GraphQLResolveInfo) -> list[str]:
    """Each path once, parents before what is below them."""
    found: dict[str, None] = {}
    for node in info.field_nodes:
        _collect(node.selection_set, "", info, found)
    return list(found)


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
