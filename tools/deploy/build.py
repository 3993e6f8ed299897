"""`make build`: stage a service's Lambda package into `<service>/build/package/`.

The package contains the service's code, `ecom`, the schemas of both and the locked wheels: for the host when the
environment is local, else for the template's runtime, with bytecode when this machine has the runtime's Python. A
stand-alone service's package contains its own code only. While no input changes nothing is staged. A package is
replaced in one step: an interrupted build leaves the old one.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.deploy import bytecode, wheels
from tools.project.documents import read_json, relative
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service

SKIPPED = {"__pycache__", ".DS_Store", ".mypy_cache"}
# The earliest time of the zip format; any fixed time would do.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class _Inputs:
    """What the package of a service is made of. `stamp` differs when anything of it does."""

    target: wheels.Host | wheels.Lambda
    tree: Path | None
    files: dict[str, Path]
    python: tuple[str, str] | None
    stamp: str


def build(service: Service, environment: Environment) -> str:
    """Stage the package unless it is up to date. Returns what was done, for the user."""
    if not service.source.is_dir():
        return "no code, nothing to build"
    inputs = _inputs(service, environment)
    if _is_staged(service, inputs):
        return "up to date"
    tree, python = inputs.tree, inputs.python
    package, mark = _places(service)
    service.build.mkdir(exist_ok=True)
    with wheels.locked(service.build):
        if _is_staged(service, inputs):  # by another process, for which this one waited
            return "up to date"
        mark.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=service.build) as scratch:
            fresh = Path(scratch) / "package"
            if tree:
                shutil.copytree(tree, fresh, copy_function=_link)
            for name, path in inputs.files.items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, fresh / name)
            if python:
                bytecode.compile_package(python[0], fresh)
            if package.exists():
                package.rename(Path(scratch) / "old")
            fresh.rename(package)
        # Wheels for another machine cannot always be imported on this one.
        if isinstance(inputs.target, wheels.Host) and (faults := import_faults(service)):
            reasons = "; ".join(f"{handler}: {why}" for handler, why in sorted(faults.items()))
            raise Problem(f"{service.name}: a handler of template.yaml cannot be imported from the package: {reasons}")
        mark.write_text(inputs.stamp)
        size = sum(path.stat().st_size for path in package_files(package).values())
    what = f"for {tree.name.rsplit('-', 1)[0]}" if tree else "of its own code only"
    return f"staged {size / 1e6:.1f} MB {what}{_bytecode_note(inputs.target, python is not None)}"


def is_built(service: Service, environment: Environment) -> bool:
    """Is there nothing for `build` to do?"""
    return not service.source.is_dir() or _is_staged(service, _inputs(service, environment))


def _inputs(service: Service, environment: Environment) -> _Inputs:
    target = runtime(service, environment)
    tree = None if service.standalone else wheels.prepared(target, wheels.requirements_of(service.name))
    wanted = dict(sources(service))
    contents = ((name, path.read_bytes()) for name, path in wanted.items())
    python = bytecode.interpreter(target.python) if isinstance(target, wheels.Lambda) else None
    others = {
        "wheels": tree.name if tree else "none",
        "handlers": " ".join(handlers(service)),
        "bytecode": python[1] if python else "none",
    }
    stamp = digest([*contents, *((name, text.encode()) for name, text in others.items())])
    return _Inputs(target, tree, wanted, python, stamp)


def _places(service: Service) -> tuple[Path, Path]:
    """The staged package, and the file with the stamp of its inputs."""
    return service.build / "package", service.build / "package.stamp"


def _is_staged(service: Service, inputs: _Inputs) -> bool:
    package, mark = _places(service)
    return package.is_dir() and mark.is_file() and mark.read_text() == inputs.stamp


def _bytecode_note(target: wheels.Host | wheels.Lambda, is_compiled: bool) -> str:
    if isinstance(target, wheels.Host):
        return ""
    missing = f" without bytecode: python{target.python} is not installed here, so cold starts take longer"
    return ", with bytecode" if is_compiled else f",{missing}"


def _link(source: str, target: str) -> None:
    """All services share one copy of the wheels on the disk, where the disk has hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def runtime(service: Service, environment: Environment) -> wheels.Host | wheels.Lambda:
    """The platform that the wheels of the package are for."""
    if environment.is_local:
        return wheels.Host()
    shared = ((service.template.get("Globals") or {}).get("Function")) or {}
    requested = {_runtime(service, shared, function) for function in functions(service).values()}
    if len(requested) != 1:
        raise Problem(
            f"{relative(service.template_path)}: one package serves all functions, but they have different runtimes: "
            f"{', '.join(sorted(f'{python} on {processor}' for python, processor in requested)) or 'none'}; "
            "set Runtime and Architectures in Globals"
        )
    return wheels.Lambda(*requested.pop())


def _runtime(service: Service, shared: Mapping[str, Any], function: Mapping[str, Any]) -> tuple[str, str]:
    name = function.get("Runtime", shared.get("Runtime"))
    processors = function.get("Architectures", shared.get("Architectures", ["x86_64"]))
    if not isinstance(name, str) or not name.startswith("python3."):
        raise Problem(f"{relative(service.template_path)}: a function's Runtime must be python3.x, not {name}")
    if not isinstance(processors, list) or len(processors) != 1 or processors[0] not in wheels.PLATFORMS:
        raise Problem(f"{relative(service.template_path)}: Architectures must be [arm64] or [x86_64], not {processors}")
    return name.removeprefix("python"), processors[0]


def functions(service: Service) -> dict[str, dict[str, Any]]:
    """Logical name -> properties of the template's functions."""
    return {
        name: resource.get("Properties") or {}
        for name, resource in service.template["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function")
    }


def sources(service: Service) -> Iterator[tuple[str, Path]]:
    """(name in the package, file) of everything in the package but the wheels."""
    packages = sorted(path for path in service.source.iterdir() if path.is_dir() and path.name not in SKIPPED)
    expected = f"{service.name.replace('-', '_')}_service"
    if expected not in [path.name for path in packages]:
        raise Problem(
            f"{relative(service.source)}: the package {expected}/ is missing; it must contain the service's code"
        )
    for package in packages:
        yield from _under(package, package.name)
    if service.standalone:
        return
    for path in sorted((service.folder / "events").glob("*.json")):
        read_json(path)  # a broken schema fails the build, not the running function
        yield f"{expected}/events/{path.name}", path
    for path in consumed_schemas(service):
        yield f"{expected}/events/{path.name}", path
    yield from _ecom(service)
    yield from _under(ROOT / "shared" / "schemas", "ecom/schemas")


def _ecom(service: Service) -> Iterator[tuple[str, Path]]:
    """`ecom`, with the types of those events only that the service publishes or consumes."""
    for name, path in _under(ROOT / "shared" / "src" / "ecom", "ecom"):
        if not name.startswith("ecom/contracts/") or path.stem in contract_modules(service):
            yield name, path


def contract_modules(service: Service) -> frozenset[str]:
    producers = {service.name, *(producer for producer, _ in service.consumed_events)}
    return frozenset({"__init__", "common", *(producer.replace("-", "_") for producer in producers)})


def consumed_schemas(service: Service) -> Iterator[Path]:
    """The producers' schemas of the events that the service's rules name: a consumer validates with them."""
    for producer, detail_type in sorted(service.consumed_events):
        path = service.folder.parent / producer / "events" / f"{detail_type}.json"
        if not path.is_file():
            raise Problem(
                f"{relative(service.template_path)}: a rule names {detail_type} of {producer}, which has no schema: "
                f"{producer}/events/{detail_type}.json is missing; correct the rule, or add the schema"
            )
        if producer != service.name:
            yield path


def _under(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for inner, path in files(folder).items():
        yield f"{name}/{inner}", path


def files(folder: Path) -> dict[str, Path]:
    """Path inside the folder -> file, sorted, without caches and editors' files."""
    found = {}
    for path in folder.rglob("*"):
        inner = path.relative_to(folder)
        if path.is_file() and SKIPPED.isdisjoint(inner.parts) and path.suffix not in (".pyc", ".swp"):
            found[inner.as_posix()] = path
    return dict(sorted(found.items()))


def package_files(folder: Path) -> dict[str, Path]:
    """Path inside the package -> file, sorted: what is shipped, with the bytecode of the build."""
    compiled = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*.pyc") if bytecode.is_for_lambda(path)
    }
    return dict(sorted({**files(folder), **compiled}.items()))


def digest(parts: Iterable[tuple[str, bytes]]) -> str:
    combined = hashlib.sha256()
    for name, content in parts:
        combined.update(f"{name}\0{len(content)}\0".encode())
        combined.update(content)
    return combined.hexdigest()


def package_digest(folder: Path) -> str:
    """Equal for equal content, on any machine."""
    return digest((name, path.read_bytes()) for name, path in package_files(folder).items())


def write_zip(folder: Path, target: Path) -> None:
    """Write equal bytes for equal content: sorted, with fixed times and modes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in package_files(folder).items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def handlers(service: Service) -> list[str]:
    """The handlers that the template names, as `package.module.function`."""
    return sorted({str(properties["Handler"]) for properties in functions(service).values() if "Handler" in properties})


_PROBE = """
import importlib, json, sys
package, runtime, names = json.loads(sys.argv[1])
sys.path[:0] = [package]
sys.path.append(runtime)
faults = {}
for name in names:
    module, _, function = name.rpartition(".")
    try:
        if not callable(getattr(importlib.import_module(module), function)):
            faults[name] = "is not a function"
    except BaseException as error:
        faults[name] = f"{type(error).__name__}: {error}"
print(json.dumps(faults))
"""


def import_faults(service: Service) -> dict[str, str]:
    """Handler -> reason, for handlers that cannot be imported from the staged package and boto3 alone.

    The environment is empty: code that reads it or creates clients at import fails here.
    """
    import boto3

    with tempfile.TemporaryDirectory() as scratch:
        runtime_folder = Path(scratch)
        site = Path(boto3.__file__).parent.parent
        # The packages that Lambda's runtime has.
        for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"):
            if (site / name).exists():
                (runtime_folder / name).symlink_to(site / name)
        requested = json.dumps([str(service.build / "package"), scratch, handlers(service)])
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", _PROBE, requested],
            capture_output=True,
            text=True,
            env={"PATH": os.environ.get("PATH", "")},
            check=False,
        )
    if done.returncode:
        raise Problem(f"{service.name}: the import check itself failed: {' '.join(done.stderr.split())[-300:]}")
    faults: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return faults
