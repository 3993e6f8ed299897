"""Properties of a template, written as a request of the service's API.

The properties of some types are the members of a structure of the API with a capital letter first. The model of the
API knows their types, since templates write numbers as text too.
"""

from collections.abc import Collection
from typing import Any

from botocore.model import Shape

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed


def to_api(value: Any, shape: Shape, served: Collection[str], path: str = "") -> Any:
    """`value` of a template as `shape` of the API.

    `served` are the dotted paths, without list positions, that the local cloud knows. Another property raises
    ResourceFailed with its name.
    """
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            raise ResourceFailed(f"{path or 'Properties'} must be an object")
        members = {name.lower(): name for name in shape.members}  # type: ignore[attr-defined]  # a StructureShape
        converted = {}
        for name, its in value.items():
            inner = f"{path}.{name}".lstrip(".")
            member = members.get(name.lower())
            if member is None or (inner not in served and not any(one.startswith(f"{inner}.") for one in served)):
                raise ResourceFailed(f"the local cloud does not know the property {inner}")
            converted[member] = to_api(its, shape.members[member], served, inner)  # type: ignore[attr-defined]  # as above
        return converted
    if shape.type_name == "list":
        if not isinstance(value, list):
            raise ResourceFailed(f"{path} must be a list")
        return [to_api(its, shape.member, served, path) for its in value]  # type: ignore[attr-defined]  # a ListShape
    if shape.type_name == "map":
        if not isinstance(value, dict):
            raise ResourceFailed(f"{path} must be an object")
        return {str(name): _scalar(its, "string", f"{path}.{name}") for name, its in value.items()}
    return _scalar(value, shape.type_name, path)


def _scalar(value: Any, kind: str, path: str) -> Any:
    if isinstance(value, dict | list):
        raise ResourceFailed(f"{path} must be a {kind}")
    if kind in ("integer", "long"):
        try:
            return int(value)
        except ValueError:
            raise ResourceFailed(f"{path} must be a whole number") from None
    if kind == "boolean":
        if str(value).lower() not in ("true", "false"):
            raise ResourceFailed(f"{path} must be true or false")
        return str(value).lower() == "true"
    return str(value).lower() if isinstance(value, bool) else str(value)
