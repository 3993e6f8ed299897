"""The functions, classes and modules of Python packages, and the types that their annotations and constructors tell.

Types are sets of names: `module:a.b`, `function:a.b.f`, `class:a.b.C` (the class itself), `object:a.b.C` (an
instance), `value:a.b.NAME` (a value of a module), `client:sqs` (a boto3 client), `operation:sqs.send_message` (its
method). What is not known is the empty set.
"""

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Types = frozenset[str]
NOTHING: Types = frozenset()
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
STUBS = "mypy_boto3_"
PROPERTIES = {"property", "cached_property"}


@dataclass(frozen=True)
class Function:
    name: str
    module: str
    owner: str  # the class, or empty
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def is_property(self) -> bool:
        return any(getattr(each, "attr", getattr(each, "id", "")) in PROPERTIES for each in self.node.decorator_list)


@dataclass
class Class:
    name: str
    module: str
    node: ast.ClassDef
    methods: dict[str, str] = field(default_factory=dict)
    bases: list[Types] = field(default_factory=list)

    @property
    def is_protocol(self) -> bool:
        return any(getattr(base, "id", getattr(base, "attr", "")) == "Protocol" for base in self.node.bases)


class Code:
    """The code of some packages: each folder of `packages` is one."""

    def __init__(self, *packages: Path) -> None:
        self.modules: dict[str, ast.Module] = {}
        for package in packages:
            for path in sorted(package.rglob("*.py")):
                parts = path.relative_to(package.parent).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                self.modules[name] = _parsed(path.read_text(encoding="utf-8"))
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, Class] = {}
        self._imports = {name: dict(_imports(tree)) for name, tree in self.modules.items()}
        for name, tree in self.modules.items():
            self._define(name, tree)
        self._attributes: dict[tuple[str, str], Types] = {}

    def _define(self, module: str, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, FUNCTIONS):
                self.functions[f"{module}.{node.name}"] = Function(f"{module}.{node.name}", module, "", node)
            elif isinstance(node, ast.ClassDef):
                made = self.classes[f"{module}.{node.name}"] = Class(f"{module}.{node.name}", module, node)
                for each in node.body:
                    if isinstance(each, FUNCTIONS):
                        name = f"{made.name}.{each.name}"
                        made.methods[each.name] = name
                        self.functions[name] = Function(name, module, made.name, each)

    # --- names ---

    def symbol(self, dotted: str) -> Types:
        """What a dotted name is. Names that a package imports into itself are followed."""
        if dotted in self.modules:
            return frozenset({f"module:{dotted}"})
        if dotted in self.functions:
            return frozenset({f"function:{dotted}"})
        if dotted in self.classes:
            return frozenset({f"class:{dotted}"})
        if dotted.startswith(STUBS):
            service = dotted.removeprefix(STUBS).partition(".")[0].replace("_", "-")
            return frozenset({f"client:{service}"})
        module, _, name = dotted.rpartition(".")
        if module in self.modules:
            if name in self._imports[module]:
                target = self._imports[module][name]
                return self.symbol(target) if target != dotted else NOTHING
            for node in self.modules[module].body:
                if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == name for each in node.targets):
                    return frozenset({f"value:{dotted}"}) | Expressions(self, module).types(node.value)
        return NOTHING

    def value(self, dotted: str) -> tuple[str, ast.expr]:
        """The module of a constant or other value, and its expression."""
        module, _, name = dotted.rpartition(".")
        for node in self.modules[module].body:
            if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == name for each in node.targets):
                return module, node.value
        raise KeyError(dotted)

    def named(self, module: str, name: str) -> Types:
        """What a name means in a module."""
        target = self._imports.get(module, {}).get(name, f"{module}.{name}")
        return self.symbol(target)

    def annotated(self, module: str, node: ast.expr | None) -> Types:
        """The instances that an annotation allows."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.annotated(module, ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.BinOp):
            return self.annotated(module, node.left) | self.annotated(module, node.right)
        if isinstance(node, ast.Name):
            return self._instances(self.named(module, node.id))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            # `IncomingEvent[Any]` is an object; of `list[X]` and the like the elements are meant.
            found = self._instances(self.named(module, node.value.id))
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return found or frozenset().union(*(self.annotated(module, part) for part in parts))
        if isinstance(node, ast.Attribute):
            return self._instances(Expressions(self, module).types(node))
        return NOTHING

    def _instances(self, types: Types) -> Types:
        found: set[str] = set()
        for each in types:
            kind, _, name = each.partition(":")
            if kind == "class":
                found |= {f"object:{one}" for one in self._implementations(name)}
            elif kind == "client":
                found.add(each)
        return frozenset(found)

    def _implementations(self, name: str) -> Iterator[str]:
        """The class; of a protocol, the classes that have its methods."""
        protocol = self.classes[name]
        if not protocol.is_protocol:
            yield name
            return
        package = protocol.module.partition(".")[0]
        for each in self.classes.values():
            is_near = each.module.partition(".")[0] == package
            if is_near and not each.is_protocol and protocol.methods.keys() <= self.methods_of(each.name).keys():
                yield each.name

    def methods_of(self, name: str) -> Mapping[str, str]:
        made = self.classes[name]
        inherited: dict[str, str] = {}
        for base in made.node.bases:
            for each in Expressions(self, made.module).types(base):
                if each.startswith("class:"):
                    inherited |= self.methods_of(each.removeprefix("class:"))
        return {**inherited, **made.methods}

    # --- attributes of objects ---

    def attribute(self, name: str, attribute: str) -> Types:
        """The types of `object.attribute`: a method, a property's value, or what the class or __init__ assigns."""
        methods = self.methods_of(name)
        if attribute in methods:
            function = self.functions[methods[attribute]]
            return self.returned(function) if function.is_property else frozenset({f"function:{function.name}"})
        key = (name, attribute)
        if key not in self._attributes:
            self._attributes[key] = NOTHING  # while it is being found
            self._attributes[key] = self._assigned(self.classes[name], attribute)
        return self._attributes[key]

    def _assigned(self, made: Class, attribute: str) -> Types:
        for node in made.node.body:
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == attribute:
                return self.annotated(made.module, node.annotation)
        found: set[str] = set()
        for method in made.methods.values():
            function = self.functions[method]
            scope = Expressions(self, made.module, self.parameters(function))
            assignments = [node for node in ast.walk(function.node) if isinstance(node, ast.Assign)]
            for assignment in assignments:
                pairs = [pair for target in assignment.targets for pair in _pairs(target, assignment.value)]
                for target, value in pairs:
                    if isinstance(target, ast.Attribute) and target.attr == attribute and _is_self(target.value):
                        found |= scope.types(value)
        return frozenset(found)

    def parameters(self, function: Function) -> dict[str, Types]:
        given = function.node.args
        listed = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        types = {each.arg: self.annotated(function.module, each.annotation) for each in listed}
        if function.owner and listed:
            types[listed[0].arg] = frozenset({f"object:{function.owner}"})
        return types

    def returned(self, function: Function) -> Types:
        return self.annotated(function.module, function.node.returns)


@dataclass
class Expressions:
    """The types of expressions in one scope."""

    code: Code
    module: str
    scope: dict[str, Types] = field(default_factory=dict)

    def types(self, node: ast.expr | None) -> Types:
        if isinstance(node, ast.Name):
            return self.scope[node.id] if node.id in self.scope else self.code.named(self.module, node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(self.types(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.BoolOp):
            return frozenset().union(*(self.types(each) for each in node.values))
        if isinstance(node, ast.IfExp):
            return self.types(node.body) | self.types(node.orelse)
        if isinstance(node, ast.NamedExpr):
            return self.types(node.value)
        return NOTHING

    def _attribute(self, base: Types, name: str) -> Types:
        found: set[str] = set()
        for each in base:
            kind, _, target = each.partition(":")
            if kind == "module":
                found |= self.code.symbol(f"{target}.{name}")
            elif kind == "object":
                found |= self.code.attribute(target, name)
            elif kind == "class" and name in self.code.methods_of(target):
                found.add(f"function:{self.code.methods_of(target)[name]}")
            elif kind == "client":
                found.add(f"operation:{target}.{name}")
        return frozenset(found)

    def _called(self, node: ast.Call) -> Types:
        found: set[str] = set()
        for each in self.types(node.func):
            kind, _, target = each.partition(":")
            if target == "ecom.aws.client" and node.args and isinstance(node.args[0], ast.Constant):
                found.add(f"client:{node.args[0].value!s}")
            elif kind == "function":
                found |= self.code.returned(self.code.functions[target])
            elif kind == "class":
                found.add(f"object:{target}")
        return frozenset(found)


def mentions(node: ast.AST, text: str) -> bool:
    """Whether code has this text as a constant or as the name of an argument."""
    return any(
        (isinstance(each, ast.keyword) and each.arg == text) or (isinstance(each, ast.Constant) and each.value == text)
        for each in ast.walk(node)
    )


@functools.cache
def _parsed(text: str) -> ast.Module:
    """All services read the same library. Nothing changes a tree."""
    return ast.parse(text)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Local name -> dotted name, with the imports inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield (each.asname, each.name) if each.asname else (each.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
