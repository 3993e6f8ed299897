"""Wrong use of a target with arguments is one line that names the command for help."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import ROOT
from tools import __main__ as verbs
from tools.bench.__main__ import main as bench
from tools.check import make_test
from tools.explore import demo_data, parameter, sign_in
from tools.explore.demo.__main__ import main as demo
from tools.explore.demo.bus import sources
from tools.explore.storefront_config import StorefrontConfig
from tools.operate import logs
from tools.operate.mail import main as mail
from tools.operate.reconcile.__main__ import main as reconcile
from tools.operate.redrive.__main__ import main as redrive
from tools.project import lock
from tools.project.command import BROKEN_PIPE, INTERRUPTED


@pytest.mark.parametrize(
    ("main", "given", "message"),
    [
        (logs.main, ["--lines", "-1"], "make logs: argument --lines:"),
        (redrive, ["orders", "--bogus"], "make redrive: unrecognized arguments: --bogus;"),
        (reconcile, ["--older-than"], "make reconcile: argument --older-than: expected one argument;"),
        (mail, ["--limit", "0"], "make mail: argument --limit: 0 is not a whole number from 1 to 999999;"),
        (demo, ["--fail", "bogus"], "make demo: argument --fail: invalid choice: 'bogus' (choose from 'cancel'"),
    ],
)
def test_one_line(
    main: Callable[[list[str]], int], given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(message)
    assert "ARGS=--help" in line


@pytest.mark.parametrize("main", [make_test.main, lock.main, verbs.main])
def test_asking_for_help_does_nothing_else(
    main: Callable[[list[str]], int | None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(*_: object) -> None:
        raise AssertionError("it began to work")

    monkeypatch.setattr(make_test, "test_platform", work)
    monkeypatch.setattr(lock, "wanted_groups", work)
    try:
        code = main(["--help"])
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 0
    assert capsys.readouterr().out.startswith("usage: ")


def test_an_unknown_measurement_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(["journey", "nope"]) == 2
    assert capsys.readouterr().err.startswith("make bench: unknown measurement nope\nusage: ")


def test_the_demo_runs_on_the_local_cloud_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "dev")
    assert demo([]) == 1
    assert "local cloud only, not on dev" in capsys.readouterr().err


@pytest.mark.parametrize("main", [parameter.main, sign_in.main])
def test_help_is_no_name(main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: python -m tools.")


def test_a_closed_pipe_is_no_error() -> None:
    script = "from tools.project.command import end\nend(lambda _: print('line\\n' * 100_000) or 0)"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "line\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == BROKEN_PIPE


def test_the_demo_hears_every_service_that_sends_events() -> None:
    assert {"ecommerce.orders", "ecommerce.users"} <= set(sources())
    assert "ecommerce.payment-3p" not in sources()


def test_the_way_to_the_keys_leads_to_this_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endpoint = "http://127.0.0.1:1"
    urls = dict.fromkeys(("cognitoUrl", "paymentUrl", "cartUrl", "returnsUrl", "cdnUrl"), endpoint)
    api = (f"{endpoint}/graphql", "key", "us-east-1", "pool", "client")
    config = StorefrontConfig(*api, currency="EUR", currencyDecimals=2, **urls)
    demo = demo_data.Demo(config, "demo client", dict.fromkeys(demo_data.PEOPLE, "password"))
    monkeypatch.delenv("ECOM_LOCAL_DIR", raising=False)
    assert "  . .local/env && " in demo_data.summary(demo)
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(tmp_path / "a b"))
    assert f"  . '{tmp_path}/a b/env' && " in demo_data.summary(demo)


def test_ctrl_c_is_no_traceback() -> None:
    script = "from tools.project.command import end\ndef main(_):\n    raise KeyboardInterrupt\nend(main)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (INTERRUPTED, "\nstopped\n")
