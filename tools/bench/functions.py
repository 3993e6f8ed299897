"""Cold starts: the import of each function's handler in a fresh process, and the size of its package.

Times are medians; each round imports every handler once, so that a busy moment of the machine affects all. Compare
with the last lines: the interpreter alone, and boto3 with a session, which Lambda's runtime includes.
"""

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tools.bench._live import milliseconds, p50
from tools.deploy.build import build, files, handlers
from tools.project.environments import Environment
from tools.project.services import Service, discover

ROUNDS = 7
LOCAL = Environment("local", "local", "us-east-1")
PLAIN = {"(interpreter alone)": "pass", "(boto3.Session)": "import boto3; boto3.Session()"}


def main() -> int:
    with_code = [service for service in discover().values() if service.source.is_dir()]
    for service in with_code:
        build(service, LOCAL)
    with tempfile.TemporaryDirectory() as runtime:
        _only_boto3(Path(runtime))
        commands = {
            (service.name, handler): _command(service, handler, runtime)
            for service in with_code
            for handler in handlers(service)
        }
        plain = {("", name): [sys.executable, "-B", "-c", code] for name, code in PLAIN.items()}
        times: dict[tuple[str, str], list[float]] = {key: [] for key in {**commands, **plain}}
        for _ in range(ROUNDS):
            for key, command in {**commands, **plain}.items():
                times[key].append(milliseconds(partial(subprocess.run, command, check=True)))
    sizes = {service.name: _megabytes(service) for service in with_code}
    print("| service | handler | import ms, p50 | package MB |\n|---|---|---|---|")
    for (service_name, handler), each in times.items():
        size = f"{sizes[service_name]:.1f}" if service_name else ""
        print(f"| {service_name} | {handler.removesuffix('.handler')} | {p50(each):.0f} | {size} |")
    return 0


def _command(service: Service, handler: str, runtime: str) -> list[str]:
    module = handler.rpartition(".")[0]
    package = str(service.build / "package")
    code = f"import sys; sys.path[:0] = [{package!r}]; sys.path.append({runtime!r}); import {module}"
    return [sys.executable, "-I", "-S", "-c", code]


def _only_boto3(folder: Path) -> None:
    """A folder with the packages of Lambda's runtime only."""
    import boto3

    site = Path(boto3.__file__).parent.parent
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"):
        if (site / name).exists():
            (folder / name).symlink_to(site / name)


def _megabytes(service: Service) -> float:
    return sum(path.stat().st_size for path in files(service.build / "package").values()) / 1e6
