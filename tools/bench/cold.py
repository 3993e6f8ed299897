"""Cold starts: INIT and the first request of each function on AWS's share of a processor, against the time budgets.

Each function runs from the package that is shipped to AWS, in a fresh interpreter, with the SDK apart as in Lambda's
runtime. A server on this machine answers AWS and other services at once, over TLS.

The milliseconds are processor time divided by the share of a processor that Lambda gives, medians of several rounds on
one core: other work on the machine does not change them. INIT of an on-demand function has a full vCPU; requests have
memory / 1,769 MB of one. Not included: Lambda's own start of an environment, the network, and the answers of AWS.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orders_service.create_order import SECONDS
from payment_service.provider import CHECK_ATTEMPT_SECONDS
from tools.bench import _cold_process
from tools.bench._aws_stub import Stub, serving
from tools.bench._cold_requests import REQUESTS
from tools.bench._live import verdict
from tools.deploy.build import build, functions, runtime, write_zip
from tools.deploy.bytecode import interpreter
from tools.project.environments import Environment
from tools.project.services import Service, discover

ROUNDS = 5
FULL_VCPU_MB = 1769
AWS = Environment("dev", "aws", "eu-west-1")
CREATE_ORDER, RESERVE, VALIDATE_PAYMENT = (
    "orders/graphql_create_order",
    "warehouse/rest_reserve",
    "payment/rest_validate",
)
CHECKS = ("products/rest_validate", "delivery-pricing/rest_pricing", VALIDATE_PAYMENT)
PROVIDER = "payment-3p/rest_check"
CHECK_MS = 1500  # of createOrder's time: the checks run at once, the reservation follows
BUDGETS = {
    CREATE_ORDER: 1000 * SECONDS,
    **dict.fromkeys((*CHECKS, RESERVE), CHECK_MS),
    PROVIDER: 1000 * CHECK_ATTEMPT_SECONDS,
    "users/on_cognito_trigger": 5000,  # the longest that Cognito waits
}
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")


@dataclass(frozen=True)
class Function:
    """One function of a template; `name` is its service and the module of its handler."""

    name: str
    service: Service
    handler: str
    memory: int
    seconds: int
    variables: Mapping[str, str]

    @property
    def share(self) -> float:
        """The share of one processor. A Python function cannot use more than one."""
        return min(1.0, self.memory / FULL_VCPU_MB)


@dataclass(frozen=True)
class ColdStart:
    init: float
    first: float | None

    @property
    def total(self) -> float:
        return self.init + (self.first or 0)


def main() -> int:
    services = [service for service in discover().values() if service.source.is_dir()]
    for service in services:
        build(service, AWS)
    python = _interpreter(services)
    with tempfile.TemporaryDirectory() as folder:
        packages = {service.name: _unpacked(service, Path(folder)) for service in services}
        _sdk(Path(folder) / "runtime", python)
        with serving(Path(folder)) as stub:
            found = [function for service in services for function in _functions(service, stub)]
            runs: dict[str, list[dict[str, Any]]] = {function.name: [] for function in found}
            for _ in range(ROUNDS):
                for function in found:
                    runs[function.name].append(_run(function, packages[function.service.name], python, stub, folder))
    starts = {function.name: _cold_start(function, runs[function.name]) for function in found}
    _print(found, starts)
    return _print_order(starts)


def _interpreter(services: Iterable[Service]) -> str:
    """The Python of the templates when this machine has it, else this one."""
    (version,) = {runtime(service, AWS).python for service in services}  # type: ignore[union-attr]  # AWS is no Host
    found = interpreter(version)
    if found:
        print(f"python{version}, as on AWS; processor time / share of a processor, on one core\n")
        return found[0]
    print(f"python{version} is missing, so this is {sys.version.split()[0]}: bytecode in the packages is not used\n")
    return sys.executable


def _unpacked(service: Service, folder: Path) -> Path:
    """What Lambda unpacks: caches of this machine are not in it."""
    archive, target = folder / f"{service.name}.zip", folder / service.name
    write_zip(service.build / "package", archive)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
    return target


def _sdk(folder: Path, python: str) -> None:
    """The packages of Lambda's runtime, compiled, as Lambda has them."""
    import boto3

    site = Path(boto3.__file__).parent.parent
    folder.mkdir()
    for name in SDK:
        source = site / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
            if (source / "data").is_dir():
                (folder / name / "data").symlink_to(source / "data")
        elif source.is_file():
            shutil.copyfile(source, folder / name)
    subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True, stdout=subprocess.DEVNULL)


def _functions(service: Service, stub: Stub) -> Iterable[Function]:
    template = service.template
    shared = (template.get("Globals") or {}).get("Function") or {}
    parameters = template.get("Parameters") or {}
    for properties in functions(service).values():
        module = str(properties["Handler"]).split(".")[-2]
        declared = [(each.get("Environment") or {}).get("Variables") or {} for each in (shared, properties)]
        yield Function(
            name=f"{service.name}/{module}",
            service=service,
            handler=properties["Handler"],
            memory=_number(properties.get("MemorySize", shared.get("MemorySize")), parameters),
            seconds=int(properties.get("Timeout", shared.get("Timeout", 3))),
            variables={
                name: _value(name, value, parameters, stub) for name, value in {**declared[0], **declared[1]}.items()
            },
        )


def _number(value: Any, parameters: Mapping[str, Any]) -> int:
    return int(parameters[value["Ref"]]["Default"] if isinstance(value, dict) else value)


def _value(name: str, value: Any, parameters: Mapping[str, Any], stub: Stub) -> str:
    """A variable's value: as the template has it, or of its kind when it is known after deployment only."""
    if name.endswith("_URL"):
        return f"{stub.url}/{name.removesuffix('_URL').removesuffix('_API').lower().replace('_', '-')}"
    if isinstance(value, dict) and "Ref" in value:
        default = (parameters.get(value["Ref"]) or {}).get("Default")
        if default is None or "{" in str(default):  # from SSM, where another stack puts it
            return "900" if name.endswith("_SECONDS") else name.lower()
        return str(default)
    return name.lower() if isinstance(value, dict) else str(value)


def _run(function: Function, package: Path, python: str, stub: Stub, folder: str) -> dict[str, Any]:
    wanted = {
        "package": str(package),
        "runtime": f"{folder}/runtime",
        "handler": function.handler,
        "event": REQUESTS.get(function.name),
        "name": function.name,
        "memory": function.memory,
        "seconds": function.seconds,
    }
    environment = {
        **function.variables,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": function.name.replace("/", "-"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ENDPOINT_URL": stub.url,
        "AWS_CA_BUNDLE": str(stub.certificates),
        "SSL_CERT_FILE": str(stub.certificates),
    }
    done = subprocess.run(
        ["taskset", "-c", str(max(os.sched_getaffinity(0))), python, "-S", "-s", "-B", _cold_process.__file__],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{function.name}: {done.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if function.name == CREATE_ORDER and not measured["answer"]["success"]:
        raise RuntimeError(f"createOrder refused: {measured['answer']}")
    return measured


def _cold_start(function: Function, runs: list[dict[str, Any]]) -> ColdStart:
    init = statistics.median(run["interpreter_ms"] + run["init_ms"] for run in runs)
    first = [run["first_ms"] / function.share for run in runs if "first_ms" in run]
    return ColdStart(init, statistics.median(first) if first else None)


def _print(found: list[Function], starts: Mapping[str, ColdStart]) -> None:
    print(
        "| function | memory MB | INIT ms | first request ms | total ms | budget ms | |\n|---|---|---|---|---|---|---|"
    )
    for function in found:
        start, budget = starts[function.name], BUDGETS.get(function.name)
        first = "" if start.first is None else f"{start.first:.0f}"
        limit = "|" if budget is None else f"{budget:.0f} | {verdict(start.total, budget)}"
        print(f"| {function.name} | {function.memory} | {start.init:.0f} | {first} | {start.total:.0f} | {limit} |")


def _print_order(starts: Mapping[str, ColdStart]) -> int:
    """createOrder when each function that it waits for is cold. Its own INIT is before its time begins."""
    own = starts[CREATE_ORDER].first or 0
    checks = {name: starts[name].total for name in CHECKS}
    checks[VALIDATE_PAYMENT] += starts[PROVIDER].total
    slowest = max(checks, key=lambda name: checks[name])
    total, budget = own + checks[slowest] + starts[RESERVE].total, 1000 * SECONDS
    print(
        f"\ncreateOrder, all functions cold: {own:.0f} ms of its own + {checks[slowest]:.0f} ms for the slowest check "
        f"({slowest}{', with the provider' if slowest == VALIDATE_PAYMENT else ''}) + {starts[RESERVE].total:.0f} ms "
        f"for the reservation = {total:.0f} ms of {budget:.0f} ms"
    )
    print(
        f"{budget - total:.0f} ms are left for Lambda to start three environments one after another and for the network"
        if total <= budget
        else f"too slow: the first order after idle answers TRY_AGAIN ({total - budget:.0f} ms over the budget)"
    )
    return 0 if total <= budget else 1


if __name__ == "__main__":
    sys.exit(main())
