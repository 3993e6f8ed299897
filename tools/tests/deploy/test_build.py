"""Packages: complete, reproducible, staged only after a change, and importable on their own."""

import marshal
import os
import py_compile
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.deploy import bytecode, wheels
from tools.deploy.build import (
    build,
    files,
    import_faults,
    package_digest,
    package_files,
    runtime,
    sources,
    write_zip,
)
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service, discover

LOCAL = Environment("local", "local", "us-east-1")
DEV = Environment("dev", "aws", "eu-west-1")
REAL = discover()


def staged(service: Service) -> set[str]:
    return set(files(service.build / "package"))


def test_the_package_holds_all_that_a_function_needs(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    assert build(alpha, LOCAL).startswith("staged")
    expected = {
        "alpha_service/__init__.py",
        "alpha_service/hello.py",
        "alpha_service/events/Said.json",
        "ecom/__init__.py",
        "ecom/schemas/common.json",
        "aws_lambda_powertools/__init__.py",
        "fastjsonschema/__init__.py",
    }
    assert expected <= staged(alpha)


def test_a_build_that_waited_for_an_equal_one_changes_nothing(
    services: dict[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, lock = services["alpha"], wheels.locked

    @contextmanager
    def after_another_build(folder: Path) -> Iterator[None]:
        monkeypatch.setattr(wheels, "locked", lock)
        assert build(alpha, LOCAL).startswith("staged")
        with lock(folder):
            yield

    monkeypatch.setattr(wheels, "locked", after_another_build)
    assert build(alpha, LOCAL) == "up to date"


def test_a_stand_alone_package_contains_its_own_code_only(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    facts = alpha.folder / "metadata.yaml"
    facts.write_text(facts.read_text() + "standalone: true\n")
    alpha = discover(alpha.folder.parent)["alpha"]
    (alpha.source / "alpha_service" / "hello.py").write_text("def handler(event, context):\n    return event\n")
    assert build(alpha, LOCAL) == "staged 0.0 MB of its own code only"
    assert {name.split("/")[0] for name in staged(alpha)} == {"alpha_service"}
    assert build(alpha, LOCAL) == "up to date"


def test_a_stand_alone_service_that_uses_ours_stops_the_build(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    facts = alpha.folder / "metadata.yaml"
    facts.write_text(facts.read_text() + "standalone: true\n")
    alpha = discover(alpha.folder.parent)["alpha"]
    code = alpha.source / "alpha_service" / "hello.py"
    code.write_text(f"import ecom\n{code.read_text()}")
    with pytest.raises(Problem, match="No module named 'ecom'"):
        build(alpha, LOCAL)


def test_the_package_holds_nothing_that_differs_between_machines(services: dict[str, Service]) -> None:
    build(services["alpha"], LOCAL)
    names = staged(services["alpha"])
    assert not [name for name in names if name.endswith((".pyc", "/RECORD", "/INSTALLER", "direct_url.json"))]
    assert not [name for name in names if name.startswith(("boto3/", "botocore/", "bin/")) or name == ".lock"]


LOCKED = """# === group: service
alpha==1 --hash=sha256:1
# === group: service-pictures
beta==2 --hash=sha256:2
# === group: run
gamma==3 --hash=sha256:3
"""


def test_a_service_ships_the_wheels_of_its_own_group_too(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCKED)
    assert wheels.requirements_of("orders", lock).split() == ["alpha==1", "--hash=sha256:1"]
    assert wheels.requirements_of("pictures", lock).split()[2:] == ["beta==2", "--hash=sha256:2"]


def test_nothing_is_staged_while_no_input_changes(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    build(alpha, LOCAL)
    before = (alpha.build / "package").stat().st_ino
    assert build(alpha, LOCAL) == "up to date"
    assert (alpha.build / "package").stat().st_ino == before


@pytest.mark.parametrize("changed", ["src/alpha_service/hello.py", "events/Said.json"])
def test_a_changed_input_is_staged(services: dict[str, Service], changed: str) -> None:
    alpha = services["alpha"]
    build(alpha, LOCAL)
    before = package_digest(alpha.build / "package")
    path = alpha.folder / changed
    path.write_text(path.read_text() + "\n")
    assert build(alpha, LOCAL).startswith("staged")
    assert package_digest(alpha.build / "package") != before


def test_a_removed_file_leaves_the_package(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    extra = alpha.source / "alpha_service" / "extra.py"
    extra.touch()
    build(alpha, LOCAL)
    assert "alpha_service/extra.py" in staged(alpha)
    extra.unlink()
    build(alpha, LOCAL)
    assert "alpha_service/extra.py" not in staged(alpha)


RULE = """
  Hears:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [ecommerce.gamma], detail-type: [Told, {prefix: To}]}
"""


def hearing(service: Service) -> Service:
    service.template_path.write_text(service.template_path.read_text().rstrip() + RULE)
    return discover(service.folder.parent)[service.name]


def test_the_schemas_of_consumed_events_are_in_the_package(services: dict[str, Service]) -> None:
    alpha = hearing(services["alpha"])
    schema = alpha.folder.parent / "gamma" / "events" / "Told.json"
    schema.parent.mkdir(parents=True)
    schema.write_text("{}")
    build(alpha, LOCAL)
    assert "alpha_service/events/Told.json" in staged(alpha)


def test_a_rule_for_an_unknown_event_stops_the_build(services: dict[str, Service]) -> None:
    with pytest.raises(Problem, match=r"names Told of gamma.*gamma/events/Told.json is missing"):
        build(hearing(services["alpha"]), LOCAL)


def test_the_same_input_gives_the_same_bytes(services: dict[str, Service], tmp_path: Path) -> None:
    alpha = services["alpha"]
    build(alpha, LOCAL)
    first = (package_digest(alpha.build / "package"), zipped(alpha, tmp_path / "first.zip"))
    # Other times, another inode, another order on the disk.
    (alpha.build / "package.stamp").unlink()
    os.utime(alpha.source / "alpha_service" / "hello.py", (1, 1))
    build(alpha, LOCAL)
    assert (package_digest(alpha.build / "package"), zipped(alpha, tmp_path / "second.zip")) == first


def zipped(service: Service, target: Path) -> bytes:
    write_zip(service.build / "package", target)
    return target.read_bytes()


def test_wheels_are_never_changed_through_a_package(services: dict[str, Service]) -> None:
    """Packages share the files of wheels, but not the service's own files."""
    alpha = services["alpha"]
    build(alpha, LOCAL)
    assert (alpha.build / "package" / "alpha_service" / "hello.py").stat().st_nlink == 1


def test_aws_gets_wheels_for_the_templates_runtime(services: dict[str, Service]) -> None:
    asked = runtime(services["alpha"], DEV)
    assert asked == wheels.Lambda("3.13", "arm64")
    assert "aarch64-manylinux_2_34" in asked.options()
    build(services["alpha"], DEV)
    assert "aws_lambda_powertools/__init__.py" in staged(services["alpha"])
    assert not [name for name in staged(services["alpha"]) if "x86_64" in name]


def test_the_cloud_is_an_input(services: dict[str, Service]) -> None:
    build(services["alpha"], LOCAL)
    assert build(services["alpha"], DEV).startswith("staged")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Runtime: python3.13", "Runtime: nodejs22.x", "must be python3.x, not nodejs22.x"),
        ("[arm64]", "[arm64, x86_64]", r"must be \[arm64\] or \[x86_64\]"),
        ("Handler:", "Runtime: python3.12\n      Handler:", "3.13"),
    ],
)
def test_an_unsupported_runtime_is_an_error(services: dict[str, Service], old: str, new: str, message: str) -> None:
    path = services["alpha"].template_path
    path.write_text(path.read_text().replace(old, new))
    if "Handler" in old:
        assert runtime(services["alpha"], DEV) == wheels.Lambda("3.12", "arm64")
        return
    with pytest.raises(Problem, match=message):
        runtime(services["alpha"], DEV)


def test_a_service_without_code_builds_nothing(services: dict[str, Service]) -> None:
    assert build(services["beta"], LOCAL) == "no code, nothing to build"
    assert not services["beta"].build.exists()


def test_a_package_with_another_name_is_an_error(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    (alpha.source / "alpha_service").rename(alpha.source / "alpha")
    with pytest.raises(Problem, match="the package alpha_service/ is missing"):
        build(alpha, LOCAL)


def test_a_broken_schema_stops_the_build(services: dict[str, Service]) -> None:
    (services["alpha"].folder / "events" / "Said.json").write_text('{\n  "title": \n}')
    with pytest.raises(Problem, match=r"events/Said\.json:3: not valid JSON"):
        build(services["alpha"], LOCAL)


@pytest.mark.parametrize("name", sorted(name for name in REAL if REAL[name].source.is_dir()))
def test_every_handler_imports_from_its_package_alone(name: str) -> None:
    build(REAL[name], LOCAL)
    assert import_faults(REAL[name]) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import tools", "ModuleNotFoundError"),
        ("import yaml", "ModuleNotFoundError"),
        ("NAME = os.environ['TABLE_NAME']", "KeyError"),
        ("handler = 1", "is not a function"),
    ],
)
def test_the_import_check_finds_handlers_that_would_fail_on_lambda(
    services: dict[str, Service], line: str, message: str
) -> None:
    alpha = services["alpha"]
    path = alpha.source / "alpha_service" / "hello.py"
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    with pytest.raises(Problem, match=r"alpha: a handler of template\.yaml cannot be imported") as refused:
        build(alpha, LOCAL)
    assert message in str(refused.value)
    with pytest.raises(Problem):
        build(alpha, LOCAL)  # what failed once is not up to date
    assert message in import_faults(alpha)["alpha_service.hello.handler"]


def test_the_package_holds_the_types_of_those_events_only_that_the_service_has_to_do_with() -> None:
    held = {name for name, _ in sources(REAL["delivery"]) if name.startswith("ecom/contracts/")}
    modules = ("__init__", "common", "delivery", "warehouse")
    assert held == {f"ecom/contracts/{name}.py" for name in modules}


def test_aws_gets_bytecode_of_its_python_only(services: dict[str, Service], monkeypatch: pytest.MonkeyPatch) -> None:
    alpha, here = services["alpha"], f"{sys.version_info[0]}.{sys.version_info[1]}"
    alpha.template_path.write_text(alpha.template_path.read_text().replace("python3.13", f"python{here}"))
    alpha = discover(alpha.folder.parent)["alpha"]
    assert build(alpha, DEV).endswith(f"for arm64-{here}, with bytecode")
    compiled = f"alpha_service/__pycache__/hello.{sys.implementation.cache_tag}.pyc"
    assert compiled in package_files(alpha.build / "package")
    monkeypatch.setattr(bytecode, "interpreter", lambda _version: None)
    assert f"without bytecode: python{here} is not installed" in build(alpha, DEV)
    assert not [name for name in package_files(alpha.build / "package") if name.endswith(".pyc")]


def test_bytecode_is_reproducible_and_names_lambdas_folder(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text("def act(x):\n    return x in {'a', 'b', 'c', 'd'} or fail()\n")
        bytecode.compile_package(sys.executable, tmp_path / name)
        os.utime(tmp_path / name / "code.py", (1, 1))
    first, second = ((tmp_path / name / "__pycache__").glob("*.pyc") for name in ("first", "second"))
    content = next(first).read_bytes()
    assert content == next(second).read_bytes()
    assert marshal.loads(content[16:]).co_filename == "/var/task/code.py"  # noqa: S302 - our own bytecode


def test_bytecode_that_python_wrote_by_itself_is_not_shipped(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    build(alpha, LOCAL)
    before = package_digest(alpha.build / "package")
    py_compile.compile(str(alpha.build / "package" / "alpha_service" / "hello.py"))
    assert package_digest(alpha.build / "package") == before
