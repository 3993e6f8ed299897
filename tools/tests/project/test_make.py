"""make as its users see it: the help, the verbs, and one readable line for each error."""

import re
from pathlib import Path

import pytest

from tools.__main__ import CLOUD
from tools.__main__ import VERBS as TOOL_VERBS
from tools.tests.conftest import ROOT, Checkout

VERBS = ["ci", "all", "lint", "build", "tests-unit", "tests-integ", "package", "artifacts", "check-deps", "deploy"]
VERBS += ["restore", "teardown", "clean", "deps"]


def error_of(checkout: Checkout, *arguments: str, code: int = 2, **environ: str) -> str:
    """make's standard error when it fails, without its own last line."""
    done = checkout.make(*arguments, **environ)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if not re.match(r"make(\[\d\])?: \*\*\* \[", line)]
    return "\n".join(lines)


def test_help_lists_every_verb(checkout: Checkout) -> None:
    printed = checkout.make().stdout
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", printed, re.MULTILINE), verb
    for target in (
        "run",
        "up | down",
        "test",
        "tests-e2e",
        "check-account",
        "scale",
        "pipeline-local",
        "bootstrap-pipeline",
    ):
        assert f"make {target}" in printed
    assert "alpha beta" in printed


def test_every_verb_exists_for_every_service_and_for_all(checkout: Checkout) -> None:
    targets = [verb if service == "" else f"{verb}-{service}" for verb in VERBS for service in ("", "alpha", "beta")]
    done = checkout.make("-n", *targets)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("target", ["deploy-gamma", "deplyo-alpha", "nonsense"])
def test_an_unknown_target_is_one_line_with_the_known_ones(checkout: Checkout, target: str) -> None:
    line = error_of(checkout, target)
    assert "\n" not in line
    assert f"there is no target {target}; verbs: ci all lint" in line
    assert " deps rollback; services (folders with a metadata.yaml): alpha beta" in line


@pytest.mark.parametrize("target", ["build", "deploy-alpha", "lint-alpha", "check-deps"])
def test_an_unknown_environment_is_one_line_with_the_known_ones(checkout: Checkout, target: str) -> None:
    if target.startswith("lint"):
        (checkout.root / ".venv-sam").symlink_to(ROOT / ".venv-sam")
    line = error_of(checkout, target, ENVIRONMENT="production")
    assert line.endswith("error: unknown ENVIRONMENT production; known environments: local, dev, tests, staging, prod")
    assert error_of(checkout, target, "ENVIRONMENT=production") == line


@pytest.mark.parametrize("target", ["deploy-alpha", "check-deps"])
def test_the_local_cloud_is_not_running(checkout: Checkout, target: str) -> None:
    assert error_of(checkout, target) == "error: the local cloud is not running: `make up`"


@pytest.mark.parametrize(
    ("target", "switch", "option"),
    [("up", "FRESH", "--fresh"), ("reconcile", "REPAIR", "--repair"), ("new-service", "QUEUE", "--queue")],
)
def test_no_0_and_off_switch_an_option_off(checkout: Checkout, target: str, switch: str, option: str) -> None:
    """FRESH=no must not delete the state."""
    assert option in checkout.make("-n", target, f"{switch}=1").stdout
    for no in ("0", "no", "off", "false", ""):
        assert option not in checkout.make("-n", target, f"{switch}={no}").stdout


def recipes() -> dict[str, str]:
    """The targets that run a tool, each with its recipe and the variables of the Makefile that the recipe uses."""
    makefile = (ROOT / "Makefile").read_text()
    variables = dict(re.findall(r"^([A-Z]+) :?= (.+)$", makefile, re.MULTILINE))
    found = {}
    for target, recipe in re.findall(
        r"^([a-z][a-z-]*(?: [a-z-]+)*):.*\n((?:\t.+\n|    .+\n)+)", makefile, re.MULTILINE
    ):
        if "-m tools." in recipe:
            used = [variables.get(name, "") for name in re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", recipe)]
            found[target] = "\n".join([recipe, *used])
    return found


RECIPES = recipes()
EXPORTED = set(" ".join(re.findall(r"^export (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)).split())


@pytest.mark.parametrize("target", RECIPES)
def test_every_setting_in_the_help_of_a_tool_is_in_its_recipe(target: str) -> None:
    """`make simulate-score STORIES=0` reaches the tool as `--stories 0`."""
    (module,) = re.findall(r"-m (tools[\w.]*)", RECIPES[target])
    path = ROOT / module.replace(".", "/")
    source = (path / "__main__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    lines = re.findall(rf"^.*\bmake {target} .*$", source, re.MULTILINE)
    named = {name for line in lines for name in re.findall(r"\b([A-Z][A-Z_]+)=", line)}
    named |= set(re.findall(r"help=f?\"([A-Z_]+)=", source)) | set(re.findall(r"\(make: ([A-Z_]+)=", source))
    missing = {name for name in named if not re.search(rf"\b{name}\b", RECIPES[target])}
    assert missing - EXPORTED == set()


def test_every_target_that_runs_a_tool_is_listed_after_a_mistyped_one(checkout: Checkout) -> None:
    line = error_of(checkout, "nonsense")
    known = set(line.partition("also: help ")[2].split())
    targets = {name for target in RECIPES for name in target.split()}
    assert targets - known == set()


def test_the_list_of_verbs_that_call_aws_is_complete() -> None:
    """SDK errors of these verbs are turned into one line."""
    talks = {"package", "artifacts", "check-deps", "deploy", "restore", "teardown", "tests-integ", "tests-deployed"}
    assert set(CLOUD) == talks
    assert talks < set(TOOL_VERBS)


def test_no_credentials(checkout: Checkout) -> None:
    line = error_of(checkout, "deploy-alpha", ENVIRONMENT="dev")
    assert line.startswith("error: no AWS credentials for ENVIRONMENT=dev; sign in")
    assert "\n" not in line


@pytest.mark.parametrize("target", ["check-account", "check-deps", "restore-alpha"])
def test_no_credentials_for_the_other_verbs_of_an_account(checkout: Checkout, target: str) -> None:
    line = error_of(checkout, target, ENVIRONMENT="dev")
    assert line.startswith("error: no AWS credentials for ENVIRONMENT=dev; sign in")
    assert "\n" not in line


def test_check_account_needs_a_running_local_cloud(checkout: Checkout) -> None:
    assert error_of(checkout, "check-account") == "error: the local cloud is not running: `make up`"


def test_aws_is_not_confused_with_the_local_cloud(checkout: Checkout) -> None:
    """After `. .local/env`, a shell has keys and an endpoint of the local cloud."""
    line = error_of(
        checkout,
        "deploy-alpha",
        ENVIRONMENT="dev",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
        AWS_ENDPOINT_URL="http://127.0.0.1:4566",
    )
    assert "ENVIRONMENT=dev is on AWS, but this shell points at http://127.0.0.1:4566" in line


def test_prod_is_not_torn_down_by_accident(checkout: Checkout) -> None:
    for target in ("teardown", "teardown-alpha"):
        assert "add CONFIRM=prod" in error_of(checkout, target, ENVIRONMENT="prod")


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("alpha/metadata.yaml", "name: [", "alpha/metadata.yaml:2: not valid YAML"),
        ("alpha/metadata.yaml", "name: alpha\n", "alpha/metadata.yaml: the key description is missing"),
        ("alpha/template.yaml", "Resources:\n  - [", "alpha/template.yaml:3: not valid YAML"),
        ("alpha/template.yaml", "Parameters: {}\n", "alpha/template.yaml: a template needs a map `Resources`"),
        ("alpha/events/Said.json", "{", "alpha/events/Said.json:1: not valid JSON"),
        ("environments.yaml", "environments: []", "environments.yaml: it must have a map `environments`"),
    ],
)
def test_a_broken_file_is_one_line(checkout: Checkout, file: str, text: str, line: str) -> None:
    checkout.write(file, text)
    printed = error_of(checkout, "build-alpha", ENVIRONMENT="dev")
    assert printed.startswith(f"error: {line}")
    assert "\n" not in printed


def test_a_parameter_that_no_template_creates(checkout: Checkout) -> None:
    checkout.change("beta/template.yaml", "alpha/table/name", "alpha/chair/name")
    printed = error_of(checkout, "deps-beta")
    assert printed == (
        "error: beta/template.yaml:10: AlphaTable takes /ecommerce/{Environment}/alpha/chair/name, "
        "but alpha/template.yaml creates no such AWS::SSM::Parameter"
    )


def test_deps_lists_the_dependencies(checkout: Checkout) -> None:
    assert checkout.make("deps").stdout == "alpha: needs nothing\nbeta: needs alpha\n"
    assert checkout.make("deps-beta").stdout == "beta: needs alpha\n"


def test_build_then_clean(checkout: Checkout) -> None:
    assert "staged" in checkout.make("build").stdout
    assert "alpha | up to date" in checkout.make("build").stdout
    assert (checkout.root / "alpha" / "build" / "package").is_dir()
    assert checkout.make("clean-alpha").stdout == "alpha: build/ removed\n"
    assert not (checkout.root / "alpha" / "build").exists()


def test_parallel_make(checkout: Checkout) -> None:
    done = checkout.make("-j4", "build", "deps", "build-alpha", "build-beta")
    assert done.returncode == 0, done.stderr
    assert "jobserver" not in done.stderr


def test_a_service_may_leave_the_paved_road(checkout: Checkout) -> None:
    checkout.write(
        "beta/Makefile",
        "OWN_VERBS := build\ninclude ../shared/make/service.mk\nbuild:\n\t@echo in its own way\n"
        "more: build\n\t@echo and more\n",
    )
    assert checkout.make("build-beta").stdout == "in its own way\n"
    assert "beta  | in its own way" in checkout.make("build").stdout
    assert checkout.make("-C", "beta", "more").stdout == "in its own way\nand more\n"
    assert checkout.make("deps-beta").stdout == "beta: needs alpha\n"


def test_an_old_python_is_an_error(checkout: Checkout, tmp_path: Path) -> None:
    """A Python that reports an old version, since not every machine has an old one."""
    old = tmp_path / "python3"
    old.write_text(
        "#!/bin/sh\nexec python3 -c \"import sys, runpy; sys.version_info = (3, 9, 1); sys.version = '3.9.1';"
        ' sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name=\'__main__\')" "$@"\n'
    )
    old.chmod(0o755)
    line = error_of(checkout, "build", f"PYTHON={old}")
    assert line.startswith("setup: Python 3.11 or newer is needed, this is 3.9.1")


def test_a_missing_python_is_an_error(checkout: Checkout) -> None:
    line = error_of(checkout, "build", "PYTHON=/nowhere/python3")
    assert "/nowhere/python3" in line


def test_format_formats_the_files_even_if_ruff_cannot_fix_a_finding(checkout: Checkout) -> None:
    checkout.write("alpha/finding.py", "import os, sys\nprint( unknown,sys )\n")
    done = checkout.make("format")
    assert (done.returncode, "F821 Undefined name `unknown`" in done.stdout) == (2, True), done.stdout + done.stderr
    assert (checkout.root / "alpha/finding.py").read_text() == "import sys\n\nprint(unknown, sys)\n"


def test_replay_refuses_an_empty_order(checkout: Checkout) -> None:
    """`ORDER=$ORDER` without that variable would replay the events of all orders."""
    assert "ORDER= is empty" in error_of(checkout, "replay", "RULE=orders", "FROM=1h", "ORDER=")
    assert "ORDER= is empty" not in error_of(checkout, "replay", "RULE=orders", "FROM=1h")
