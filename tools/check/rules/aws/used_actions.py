"""The IAM actions that a handler can cause: found in the code that it reaches, by names and types."""

import ast
from collections.abc import Iterator, Mapping

from tools.check.rules.aws.code import FUNCTIONS, Code, Expressions, Types, mentions

# boto3's service -> IAM's prefix, where they differ.
PREFIXES = {"sesv2": "ses", "apigatewaymanagementapi": "execute-api", "stepfunctions": "states"}
# Operations with another action than their own name; of a transaction the entries count.
OPERATIONS = {
    ("apigatewaymanagementapi", "post_to_connection"): "execute-api:ManageConnections",
    ("lambda", "invoke"): "lambda:InvokeFunction",
    ("s3", "generate_presigned_post"): "s3:PutObject",  # the form may do what the role of its signer may do
    ("sqs", "send_message_batch"): "sqs:SendMessage",
    ("dynamodb", "transact_write_items"): "",
    ("dynamodb", "transact_get_items"): "dynamodb:GetItem",
}
ENTRIES = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
# What `ecom.aws.signed_client` signs for, by its first argument.
SIGNED = {"execute-api": "execute-api:Invoke", "appsync": "appsync:GraphQL"}
# These query when the request has a KeyConditionExpression, else they scan.
QUERY_OR_SCAN = {"ecom.pages.query_page", "ecom.dynamo.Table.page", "ecom.dynamo.Table.pages"}
KEY_CONDITION = "KeyConditionExpression"
# `ecom.dynamo` names DynamoDB's operations by a text.
DYNAMO = "ecom.dynamo"
DYNAMO_OPERATIONS = ("get_item", "batch_get_item", "query", "scan", "put_item", "update_item", "delete_item")


class Reach:
    """What is reached from a function. Each function is read once."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[str, tuple[set[str], set[str]]] = {}

    def actions(self, handler: str) -> set[str]:
        """The actions reached from a function, given as `package.module.function`. Raises KeyError if it is missing."""
        found: set[str] = set()
        seen, waiting = set[str](), [self._code.functions[handler].name]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                actions, next_functions = self._of(name)
                found |= actions
                waiting += next_functions - seen
        return found

    def _of(self, name: str) -> tuple[set[str], set[str]]:
        """(actions, functions) that one function names itself."""
        if name not in self._known:
            function = self._code.functions.get(name)
            if function is None:  # a value of a module, such as a table of functions
                module, expression = self._code.value(name)
                reader = _Reader(self._code, name, module, {})
                reader.visit(expression)
            else:
                reader = _Reader(self._code, name, function.module, self._code.parameters(function))
                for statement in function.node.body:
                    reader.visit(statement)
            self._known[name] = reader.actions, reader.functions
        return self._known[name]


class _Reader(ast.NodeVisitor):
    """Follows each name that is loaded, whether it is called or passed on."""

    def __init__(self, code: Code, name: str, module: str, parameters: Mapping[str, Types]) -> None:
        self._code, self._module = code, module
        self._scope = Expressions(code, module, dict(parameters))
        self.actions: set[str] = set()
        self.functions: set[str] = set()
        function = code.functions.get(name)
        self._mentions_key_condition = function is not None and mentions(function.node, KEY_CONDITION)
        self._in_dynamo = module == DYNAMO and name not in QUERY_OR_SCAN

    def _note(self, types: Types) -> None:
        for each in types:
            kind, _, target = each.partition(":")
            if kind in ("function", "value"):
                self.functions.add(target)
            elif kind == "operation":
                service, _, operation = target.rpartition(".")
                action = action_of(service, operation)
                self.actions |= {action} if action else set()
            elif kind == "class":
                methods = self._code.methods_of(target)
                self.functions |= {methods[name] for name in ("__init__", "__post_init__") if name in methods}

    def visit_Call(self, node: ast.Call) -> None:
        callees = self._scope.types(node.func)
        names = {callee.partition(":")[2] for callee in callees}
        if names & QUERY_OR_SCAN:
            self.actions |= set(self._query_or_scan(node))
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                self.visit(argument)
            return
        if "ecom.aws.signed_client" in names:
            service = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else "execute-api"
            self.actions.add(SIGNED[str(service)])
        for each in self._scope.types(node):  # an object that is called later
            kind, _, target = each.partition(":")
            if kind == "object" and "__call__" in self._code.methods_of(target):
                self.functions.add(self._code.methods_of(target)["__call__"])
        self.generic_visit(node)

    def _query_or_scan(self, call: ast.Call) -> Iterator[str]:
        """`**request` may have the expression when the function, or else its module, mentions it."""
        given = {keyword.arg for keyword in call.keywords}
        if KEY_CONDITION in given or (None in given and self._mentions_key_condition):
            yield "dynamodb:Query"
            return
        yield "dynamodb:Scan"
        if None in given and mentions(self._code.modules[self._module], KEY_CONDITION):
            yield "dynamodb:Query"

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._note(self._scope.types(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            for each in self._scope.types(node.value):
                kind, _, target = each.partition(":")
                if kind == "object" and node.attr in (methods := self._code.methods_of(target)):
                    self.functions.add(methods[node.attr])
            self._note(self._scope.types(node))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if self._in_dynamo and node.value in DYNAMO_OPERATIONS:
            self.actions.add(action_of("dynamodb", str(node.value)))

    def visit_Dict(self, node: ast.Dict) -> None:
        for key in node.keys:
            if isinstance(key, ast.Constant) and key.value in ENTRIES:
                self.actions.add(ENTRIES[str(key.value)])
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._scope.scope[node.target.id] = self._code.annotated(self._module, node.annotation)

    def visit_For(self, node: ast.For) -> None:
        self._element(node.target, node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._element(node.target, node.iter)
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._bind(item.optional_vars, item.context_expr)
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        # The generators of a comprehension bind what its element uses.
        for each in getattr(node, "generators", ()):
            self._element(each.target, each.iter)
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            for argument in node.args.args:
                self._scope.scope[argument.arg] = self._code.annotated(self._module, argument.annotation)
        super().generic_visit(node)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._scope.scope[target.id] = self._scope.types(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                self._bind(one, other)
        elif isinstance(target, ast.Tuple):
            for one in target.elts:
                if isinstance(one, ast.Name):
                    self._scope.scope[one.id] = frozenset()

    def _element(self, target: ast.expr, iterable: ast.expr) -> None:
        """An annotation of a collection tells the types of its elements (see Code.annotated)."""
        if isinstance(target, ast.Name):
            self._scope.scope[target.id] = self._scope.types(iterable)
        else:
            self._bind(target, iterable)


def action_of(service: str, operation: str) -> str:
    """The action of a method of a boto3 client; empty when the method is none of its own."""
    if (service, operation) in OPERATIONS:
        return OPERATIONS[service, operation]
    if operation in ("exceptions", "meta", "get_paginator", "get_waiter", "can_paginate"):
        return ""
    return f"{PREFIXES.get(service, service)}:{''.join(part.title() for part in operation.split('_'))}"
