"""Pages on a local cloud: with the real template, from the upload to the CDN, and away again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.deploy.deploy import deploy
from tools.deploy.pages import __main__ as command
from tools.deploy.pages import publish as publishing
from tools.deploy.pages.publish import address_of, built, places_of, publish
from tools.deploy.stacks import Stacks
from tools.deploy.teardown import teardown
from tools.explore.storefront_config import PARAMETERS
from tools.local.web.build import Build
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service, read_metadata
from tools.tests.conftest import ROOT
from tools.tests.local.http import call

SCRIPT = "export const words = 'the same words, again and again';\n" * 50
NEIGHBOURS = {
    **{path: f"http://127.0.0.1:4566/{name}" for name, path in PARAMETERS.items()},
    "pictures/bucket/name": "pictures",
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("page 1")
    (folder / "assets" / "index-12345678.js").write_text(SCRIPT)
    return folder


@pytest.fixture
def service(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The real service, whose build is `bundle`."""
    folder = tmp_path / "storefront"
    shutil.copytree(ROOT / "storefront", folder, ignore=shutil.ignore_patterns("web", "build", "tests"))
    monkeypatch.setattr(publishing, "built", lambda _: (bundle, "built"))
    return Service(folder, read_metadata(folder))


@pytest.fixture
def deployed(service: Service, target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Its stack. The services that it needs are their parameters only."""
    monkeypatch.setattr("tools.deploy.deploy.missing", lambda *_: [])
    for name, value in NEIGHBOURS.items():
        target.ssm.put_parameter(Name=f"/ecommerce/local/{name}", Value=value, Type="String", Overwrite=True)
    deploy(service, target)
    yield service
    if Stacks(target).find("ecommerce-local-storefront"):
        teardown(service, target, {})


def test_pages_are_built_into_their_service(service: Service) -> None:
    build = publishing.build_of(service, {"AWS_SECRET_ACCESS_KEY": "s", "ECOM_LOCAL_DIR": "/l", "PATH": "/bin"})
    assert isinstance(build, Build)
    assert build._environ == {"PATH": "/bin"}, "npm's packages see no credentials"


def test_a_service_that_is_not_deployed_is_named_with_the_command(service: Service, target: Target) -> None:
    with pytest.raises(Problem, match="storefront is not deployed to local: `make deploy-storefront`"):
        publish(service, target)
    assert address_of(service, target) is None


def test_a_service_without_pages_has_none(services: dict[str, Service]) -> None:
    with pytest.raises(Problem, match="alpha has no pages"):
        built(services["alpha"])


def test_a_folder_without_pages_is_explained(service: Service) -> None:
    assert service.pages is not None
    service.pages.mkdir()
    with pytest.raises(Problem, match=r"the pages of storefront are not built: .*web has no package-lock\.json"):
        built(service)


def test_from_the_first_upload_to_the_teardown(deployed: Service, target: Target, bundle: Path) -> None:
    assert "pages built, 3 files uploaded at http://127.0.0.1:" in publish(deployed, target)
    url = address_of(deployed, target)
    assert url is not None
    assert call(f"{url}/products/1").body == b"page 1"
    script = call(f"{url}/assets/index-12345678.js", headers={"accept-encoding": "gzip"})
    assert (script.status, script.headers["content-encoding"]) == (200, "gzip")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert call(f"{url}/config.json").json["currency"] == "http://127.0.0.1:4566/currency"

    assert "pages built, no file changed" in publish(deployed, target)

    (bundle / "index.html").write_text("page 2")
    name = "/ecommerce/local/platform/currency"
    target.ssm.put_parameter(Name=name, Value="DKK", Type="String", Overwrite=True)
    assert "2 files uploaded" in publish(deployed, target)
    assert call(f"{url}/").body == b"page 2"
    assert json.loads(call(f"{url}/config.json").body)["currency"] == "DKK"

    bucket = places_of(deployed, target)["bucket/name"]
    assert teardown(deployed, target, {}) == "deleted"
    assert bucket not in [each["Name"] for each in target.s3.list_buckets()["Buckets"]]


def test_watching_publishes_each_version_once_and_survives_what_cannot_be_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], service: Service, target: Target
) -> None:
    versions = iter(["1", "1", "broken", "broken", "2"])
    shown: list[str] = []

    def publish_version(_service: Service, _place: Target) -> str:
        shown.append(version[0])
        if version[0] == "broken":
            raise Problem("main.tsx:1: unexpected end")
        return f"version {version[0]} uploaded"

    version = [""]

    def next_version(_service: Service) -> str:
        version[0] = next(versions)
        return version[0]

    monkeypatch.setattr(command, "places_of", lambda *_: {"url": "http://127.0.0.1:1"})
    monkeypatch.setattr(command, "version_of", next_version)
    monkeypatch.setattr(command, "publish", publish_version)
    command.watch(service, target, pause=lambda _: None, rounds=5)
    assert shown == ["1", "broken", "2"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("http://127.0.0.1:1 shows the pages of storefront")
    assert lines[1:] == ["version 1 uploaded", "main.tsx:1: unexpected end", "version 2 uploaded"]
