"""A new service is written, checked, deployed to a local cloud of its own, and handles events."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import ROOT
from tools.local.client import start_temporary
from tools.operate import logs

pytestmark = pytest.mark.starts_first


def files_of_the_checkout() -> list[str]:
    """The files of a clone, with those that are not committed yet."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scaffold") / "checkout"
    for name in files_of_the_checkout():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    # Installed tools are shared with this checkout.
    for name in (".venv", ".venv-sam", ".venv-scan"):
        if (ROOT / name).exists():
            (root / name).symlink_to(ROOT / name)
    # mypy compares hashes with what its cache was made from. Without a cache it takes ten times as long.
    with contextlib.suppress(FileNotFoundError, shutil.Error):
        shutil.copytree(ROOT / ".mypy_cache", root / ".mypy_cache")
    (ROOT / "build" / "wheels").mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir()
    (root / "build" / "wheels").symlink_to(ROOT / "build" / "wheels")
    return root


@pytest.fixture(scope="module")
def cloud(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A local cloud with the stack `platform`."""
    with start_temporary(tmp_path_factory.mktemp("cloud")) as running:
        run(checkout, ["deploy-platform"], ECOM_LOCAL_DIR=str(running.home.folder))
        yield running.home.folder


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ECOM_", "MAKE", "PYTEST"))}


def make(checkout: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return command(checkout, "make", "--no-print-directory", *arguments, f"PYTHON={sys.executable}", **environ)


def command(checkout: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=checkout,
        env={**environment(), **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def run(checkout: Path, *each: list[str], **environ: str) -> str:
    """Run `make` commands, which must succeed. Return the output of the last."""
    for arguments in each:
        result = make(checkout, *arguments, **environ)
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]
    return result.stdout


def test_a_new_service_passes_its_checks_and_handles_events(checkout: Path, cloud: Path) -> None:
    printed = run(
        checkout,
        ["new-service", "NAME=loyalty", "CONSUMES=OrderCreated,DeliveryCompleted", "PUBLISHES=PointsEarned"],
        ["ci-loyalty"],
        ["deploy-loyalty"],
        ["tests-integ-loyalty"],  # its suite `deployed` puts events on the bus
        ECOM_LOCAL_DIR=str(cloud),
    )
    assert "deployed tests pass" in printed


# A partner that is unavailable at the first call for each event.
UNAVAILABLE_AT_FIRST = """
_CALLED: set[str] = set()


class UnavailableAtFirst:
    def call(self, occurrence: Occurrence, key: str) -> None:
        if key not in _CALLED:
            _CALLED.add(key)
            raise TryAgain(f"unavailable for {occurrence.kind}")
"""


# The examples of docs/new_service.md, by the name of the service.
EXAMPLES = {
    words[2].removeprefix("NAME="): words[1:]
    for line in (ROOT / "docs" / "new_service.md").read_text().splitlines()
    if (words := line.split())[:2] == ["make", "new-service"]
}
# The commands of the section "Remove it" of that page, without their comments.
REMOVAL = [
    line.partition("#")[0].split()[1:]
    for line in (ROOT / "docs" / "new_service.md").read_text().partition("\n## Remove it\n")[2].splitlines()
    if line.startswith("make ")
]


def test_every_example_of_the_page_is_made() -> None:
    assert EXAMPLES.keys() == {"ledgers", "feeds", "vouchers"}


# Files that a new service changes.
CHANGED = (
    "pyproject.toml",
    "README.md",
    "docs/authorisation.yaml",
    "docs/deploying.md",
    "docs/events.md",
    "docs/events/asyncapi.yaml",
    "docs/events/service_map.svg",
    "frontend-api/schema.graphql",
    "frontend-api/template.yaml",
    "pipeline/boundaries.yaml",
    "pipeline/boundaries/frontend-api.yaml",
    "pipeline/environment.yaml",
    "pipeline/roles/frontend-api.yaml",
    "pipeline/template.yaml",
    "shared/src/ecom_client/graphql_types.py",
)


def changed_by_a_new_service(checkout: Path) -> dict[str, bytes]:
    return {name: (checkout / name).read_bytes() for name in CHANGED}


# Checked together: the checks of one service alone take half a minute of a processor.
TOGETHER = {
    "coupons": [
        "new-service",
        "NAME=coupons",
        "CONSUMES=OrderCreated,DeliveryCompleted,DeliveryFailed",
        "KEEPS=OrderCreated",
        "PUBLISHES=CouponGranted",
    ],
    "crm": [
        "new-service",
        "NAME=crm",
        "QUEUE=1",
        "CONSUMES=OrderCreated,DeliveryCompleted",
        "PUBLISHES=CustomerInformed",
    ],
    **EXAMPLES,
    "gift-cards": [
        "new-service",
        "NAME=gift-cards",
        "CONSUMES=OrderModified,ProductCreated,UserCreated,PackagingFailed,StockChanged",
    ],
}
# They need the stack `platform` only, as the first service does.
ON_PLATFORM = ("coupons", "crm", "ledgers", "feeds")
LINT = """
import sys
from tools.check.lint import lint
from tools.project.services import discover
services = discover()
print(lint([services[name] for name in sys.argv[1:]]))
"""
DEPLOYED_SUITES = """
import subprocess, sys
from tools.check.suites import deployed_environ, nothing_left
from tools.project.environments import chosen
folders = [f"{name}/tests/deployed" for name in sys.argv[1:]]
command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *nothing_left(chosen()), *folders]
sys.exit(subprocess.run(command, env=deployed_environ(chosen())).returncode)
"""


def python(checkout: Path, *arguments: str, **environ: str) -> str:
    """Run Python in the checkout; it must succeed. Return its output."""
    result = command(checkout, sys.executable, *arguments, **environ)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def before(checkout: Path) -> dict[str, dict[str, bytes]]:
    """Makes the services of TOGETHER. For each, the files that a new service changes, as they were before it."""
    found = {}
    for name, command in TOGETHER.items():
        found[name] = changed_by_a_new_service(checkout)
        run(checkout, command)
        assert changed_by_a_new_service(checkout) != found[name]
    return found


@pytest.fixture(scope="module")
def linted(checkout: Path, before: dict[str, dict[str, bytes]]) -> str:
    return python(checkout, "-c", LINT, *TOGETHER)


@pytest.fixture(scope="module")
def suites(checkout: Path, linted: str) -> str:
    """The output of the suites that need no cloud, of the services and of what a new service changes."""
    run(checkout, [f"build-{name}" for name in TOGETHER])
    changed = ["tools/tests/project", "frontend-api/tests/infra"]
    return python(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not deployed", *TOGETHER, *changed)


@pytest.fixture(scope="module")
def deployed(checkout: Path, cloud: Path, suites: str) -> str:
    """The output of the `deployed` suites of those services that need the stack `platform` only."""
    source = checkout / "crm" / "src" / "crm_service"
    partner, bootstrap = source / "partner.py", source / "bootstrap.py"
    partner.write_text("from ecom.errors import TryAgain\n" + partner.read_text() + UNAVAILABLE_AT_FIRST)
    bootstrap.write_text(bootstrap.read_text().replace("NoPartner", "UnavailableAtFirst"))
    run(checkout, [f"deploy-{name}" for name in ON_PLATFORM], ECOM_LOCAL_DIR=str(cloud))
    return python(checkout, "-c", DEPLOYED_SUITES, *ON_PLATFORM, ECOM_LOCAL_DIR=str(cloud))


def test_new_services_pass_lint(linted: str) -> None:
    assert "lint is clean" in linted


def test_the_suites_of_new_services_pass(suites: str) -> None:
    assert " passed" in suites


def test_a_service_with_a_dash_that_publishes_nothing_is_removed(
    checkout: Path, suites: str, before: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    remove = ["remove-service", "NAME=gift-cards"]
    refused = make(checkout, *remove, ECOM_LOCAL_DIR=str(tmp_path))
    assert "is not committed and would be lost; CONFIRM=gift-cards deletes it" in refused.stderr
    assert (checkout / "gift-cards").exists()
    run(checkout, remove, CONFIRM="gift-cards", ECOM_LOCAL_DIR=str(tmp_path))
    assert not (checkout / "gift-cards").exists()
    assert changed_by_a_new_service(checkout) == before["gift-cards"]


def test_new_services_handle_events_and_calls_on_a_cloud(checkout: Path, deployed: str) -> None:
    assert " passed" in deployed
    assert all(list((checkout / name / "tests" / "deployed").glob("test_*.py")) for name in ON_PLATFORM)


def test_a_service_with_a_queue_calls_an_unavailable_partner_again(
    cloud: Path, deployed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written, checked unchanged, and then deployed with a partner that is unavailable at first."""
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(cloud))
    assert logs.main(["crm-on-event"]) == 0
    logged = capsys.readouterr().out
    for line in ("unavailable for OrderCreated", "unavailable for DeliveryCompleted", '"recorded"'):
        assert line in logged


def test_a_service_with_fields_in_the_graphql_api_and_its_removal(
    checkout: Path, cloud: Path, deployed: str, before: dict[str, dict[str, bytes]]
) -> None:
    """The GraphQL API needs all services. The page's commands remove the service from a cloud that has them all."""
    run(checkout, ["deploy"], ECOM_LOCAL_DIR=str(cloud))
    assert "deployed tests pass" in run(checkout, ["tests-deployed-vouchers"], ECOM_LOCAL_DIR=str(cloud))
    refused = make(checkout, "teardown-vouchers", ECOM_LOCAL_DIR=str(cloud))
    assert "vouchers is needed by deployed services: frontend-api, monitoring" in refused.stderr
    printed = run(checkout, *REMOVAL, CONFIRM="vouchers", ECOM_LOCAL_DIR=str(cloud))
    assert "removed or changed vouchers" in printed
    assert changed_by_a_new_service(checkout) == before["vouchers"]


def test_a_refused_service_leaves_the_checkout_unchanged(checkout: Path) -> None:
    before = {path: (checkout / path).read_bytes() for path in ("pyproject.toml", "docs/consuming_events.md")}
    folders = {path.name for path in checkout.iterdir()}
    result = make(checkout, "new-service", "NAME=orders", "CONSUMES=OrderCreated")
    assert result.returncode == 2
    assert "orders is a service already" in result.stderr
    result = make(checkout, "new-service", "NAME=refunds", "CONSUMES=OrderVanished")
    assert "OrderCreated" in result.stderr
    for name in ("-x", "o'clock", "$(touch refunds)"):
        result = make(checkout, "new-service", f"NAME={name.replace('$', '$$')}", "CONSUMES=OrderCreated")
        assert f"{name} cannot name a service" in result.stderr
    assert {path.name for path in checkout.iterdir()} == folders
    assert {path: (checkout / path).read_bytes() for path in before} == before
