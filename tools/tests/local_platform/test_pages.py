"""`make run` and the pages of the shop: built beside the deployment, and missing without harm."""

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from tools.__main__ import LATER, PAGES
from tools.local.home import Home, LocalCloudError
from tools.local_platform import run_platform
from tools.local_platform.run_platform import deploy_all, make_goods, pages_build, publish_pages, step
from tools.project.problems import Problem


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    done: list[list[str]] = []

    def command(asked: list[str]) -> int:
        done.append(asked)
        return 0

    monkeypatch.setattr(run_platform, "pages_command", command)
    monkeypatch.setattr(run_platform, "shop_address", lambda: "http://127.0.0.1:1")
    return done


def build_is(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """The build of the pages is this script of Python."""
    monkeypatch.setattr(run_platform, "BUILD", (sys.executable, "-c", script))


def test_built_pages_are_uploaded_and_their_address_is_printed(
    home: Home, uploads: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build_is(monkeypatch, "print('built')")
    with pages_build(home) as build:
        publish_pages(home, build, 0)
    assert uploads == [["publish", "storefront"]]
    assert "the shop is at http://127.0.0.1:1 (" in capsys.readouterr().out


def test_without_npm_the_platform_is_ready_and_says_what_to_do(
    home: Home, uploads: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build_is(monkeypatch, "import sys; sys.exit('error: the package registry cannot be reached')")
    with pages_build(home) as build:
        publish_pages(home, build, 0)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "the package registry cannot be reached"
    assert "no new pages; `make deploy-storefront` tries again, all else is ready" in second
    assert uploads == []


def test_the_goods_of_the_demo_are_made_in_the_background(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import os; print(os.environ['ECOM_LOCAL_DIR'], os.environ['ENVIRONMENT'])"
    monkeypatch.setattr(run_platform, "GOODS", (sys.executable, "-c", script))
    process = make_goods(home)
    assert process.wait(30) == 0
    assert (home.folder / "demo_goods.log").read_text() == f"{home.folder} local\n"


def test_a_platform_that_fails_ends_the_build(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    build_is(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt), pages_build(home) as build:
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(build.pid, 0)


def test_the_deployment_of_all_leaves_the_pages_for_later(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is that of this cloud, also for the processes that the deployment starts."""
    seen: list[tuple[list[str], dict[str, str]]] = []

    def record(asked: list[str]) -> int:
        seen.append((asked, dict(os.environ)))
        return 0

    monkeypatch.setattr(os, "environ", {"ENVIRONMENT": ""})
    monkeypatch.setattr(run_platform, "run_verb", record)
    assert deploy_all(home) == 0
    ((asked, environ),) = seen
    assert asked == ["deploy"]
    assert (environ["ENVIRONMENT"], environ["ECOM_LOCAL_DIR"]) == ("local", str(home.folder))
    assert environ[PAGES] == LATER


def test_a_failed_deployment_says_where_the_log_is(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: list[str]) -> int:
        raise Problem("deploy of orders failed")

    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(run_platform, "run_verb", fail)
    with pytest.raises(LocalCloudError, match=r"deploy failed, see above; the cloud's log is .*cloud.log"):
        step(home, "deploy", partial(deploy_all, home))
    assert capsys.readouterr().err == "error: deploy of orders failed\n"
