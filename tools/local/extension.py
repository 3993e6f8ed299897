"""What a project adds to the local cloud: its own pages, AppSync resolver code, and variables of `.local/env`.

`pyproject.toml` names the module, whose `extension()` returns an `Extension`. Without the entry there is none:

    [tool.local-cloud]
    extension = "tools.local_platform"

The variable `ECOM_LOCAL_EXTENSION` names another module, or none if it is empty.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tools.local.home import ROOT

if TYPE_CHECKING:  # not needed by commands that only start the server
    from tools.local.asgi import Plane
    from tools.local.aws.appsync.handlers import Twin


VARIABLE = "ECOM_LOCAL_EXTENSION"


@dataclass(frozen=True)
class Extension:
    """`resolvers` are Python twins of the project's AppSync JavaScript; `planes` serve its pages under `/_local/`.

    `console_pages` are the pages of the console whose APIs these planes serve (tools/local/console/README.md).
    `console_links` are further addresses in its navigation, by their words.
    `log_command` returns the command that shows a function's log, for errors of GraphQL fields; an empty string for
    a function that is not the project's.
    """

    planes: "Sequence[Plane]" = ()
    resolvers: "Sequence[Twin]" = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    log_command: Callable[[str], str] | None = None
    console_pages: Sequence[str] = ()
    console_links: Mapping[str, str] = field(default_factory=dict)


def module_name(root: Path = ROOT) -> str:
    """The name of the extension module, or an empty string."""
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return str(project.get("tool", {}).get("local-cloud", {}).get("extension", ""))


def load(root: Path = ROOT) -> Extension:
    """The extension of this checkout; an empty one if `pyproject.toml` names none."""
    name = module_name(root)
    if not name:
        return Extension()
    extension: Extension = import_module(name).extension()
    return extension
