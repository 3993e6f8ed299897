"""What CloudFormation does with a template before it plans changes: it refuses nulls and applies transforms."""

import contextvars
import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.aws.cloudformation.engine_passed_roles import not_authorized, role_of_request
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.engine.patching import core, patch

ACTION = "cloudformation:CreateChangeSet"
MODULES = ("engine", "changesets", "handlers")
_values: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("_values", default=None)


@patch
def the_sam_transform_knows_the_parameters() -> None:
    """AWS gives the values of the stack's parameters to the SAM transform. The engine gives the defaults only."""
    engine = core("services.cloudformation.engine")
    translator: Any = importlib.import_module("samtranslator.translator.transform")
    original: Callable[..., dict[str, Any]] = translator.transform

    @functools.wraps(original)
    def transform(template: dict[str, Any], parameters: dict[str, Any], *rest: Any, **named: Any) -> dict[str, Any]:
        return original(template, {**(_values.get() or {}), **parameters}, *rest, **named)

    translator.transform = transform

    def with_values(
        apply: Callable[..., Any], template: dict[str, Any], provided: Any = None, previous: Any = None
    ) -> Any:
        token = _values.set(engine._transform_parameters(template, provided, previous))
        try:
            return apply(template, provided, previous)
        finally:
            _values.reset(token)

    _wrap(with_values)


@patch
def a_null_is_refused() -> None:
    """AWS: "'null' values are not allowed in templates". The engine accepts them."""

    def without_nulls(
        apply: Callable[..., Any], template: dict[str, Any], provided: Any = None, previous: Any = None
    ) -> Any:
        for place in _nulls(template, ""):
            raise ValueError(f"Template format error: [{place}] 'null' values are not allowed in templates")
        return apply(template, provided, previous)

    _wrap(without_nulls)


@patch
def transforms_need_the_rights_of_the_role() -> None:
    """AWS lets a stack with a role have a transform applied only if that role has cloudformation:CreateChangeSet on the
    transform. The engine asks about none."""
    engine = core("services.cloudformation.engine")

    def with_rights(
        apply: Callable[..., Any], template: dict[str, Any], provided: Any = None, previous: Any = None
    ) -> Any:
        role = role_of_request()
        for name in engine.declared_transforms(template) if role else ():
            region = core("core.responses").get_region()
            arn = f"arn:aws:cloudformation:{region}:aws:transform/{name.removeprefix('AWS::')}"
            if not role_allows(role, ACTION, arn):
                return engine._TransformFailed(template, not_authorized(role, ACTION, arn))
        return apply(template, provided, previous)

    _wrap(with_rights)


def _nulls(node: Any, place: str) -> Iterator[str]:
    if node is None:
        yield place
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _nulls(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nulls(value, f"{place}/{index}")


def _wrap(wrapper: Callable[..., Any]) -> None:
    """Put `wrapper` around the engine's function, in each module that imported it by name."""
    modules = [core(f"services.cloudformation.{name}") for name in MODULES]
    wrapped = functools.partial(wrapper, modules[0]._apply_transforms)
    for module in modules:
        module._apply_transforms = wrapped
