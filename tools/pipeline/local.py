"""`make pipeline-local`: the pipelines on this machine, from the templates that go to AWS.

It starts the local cloud, sets the pipelines up there, pushes HEAD to their repository, and shows the stages as they
go. SERVICE=orders builds only that service, changed or not. CHANGED_SINCE=<commit> counts changes from there. APPROVE=1
approves each deployment to prod; otherwise it asks on a terminal, and elsewhere ends while approvals wait.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tools import ROOT
from tools.local import lifecycle
from tools.local.client import Cloud
from tools.local.home import Home, LocalCloudError
from tools.pipeline import bootstrap
from tools.pipeline.build import asked_for
from tools.pipeline.changes import Repository
from tools.pipeline.logs import Follower, tail
from tools.pipeline.watching import BUILD, Action, Approval, Execution, Pipelines
from tools.project.aws import Target, readable, target
from tools.project.command import INTERRUPTED, Parser, end
from tools.project.environments import read_all
from tools.project.problems import Problem, WrongUse
from tools.project.services import of_platform

# Not the branch whose pushes start the build by themselves: this command starts it, with its variables.
BRANCH = "pipeline-local"
POLL_SECONDS = 1.0
# Gates retry when another pipeline's stage ends, so the end is when nothing has run for a while.
QUIET_SECONDS = 6.0
RETRIED = "failed at first and retried"


def main(argv: list[str]) -> int:
    parser = Parser(prog="make pipeline-local", description=__doc__)
    parser.add_argument("--service", default="changed", help="build this service, or several with commas")
    parser.add_argument("--changed-since", default="deployed", help="count changes from this commit")
    parser.add_argument("--approve", action="store_true", help="approve each deployment to prod")
    asked = parser.parse_args(argv)
    try:
        check(asked.service, asked.changed_since)
        environment = read_all()["local"]
        with readable(environment):
            started = lifecycle.start(home := Home.from_environment())
            say(f"the local cloud {'started' if started else 'runs'} at {home.endpoint()}")
            place = target(environment)
            bootstrap.set_up(bootstrap.plan(place), say)
            commit = push(place, home)
            try:
                return Run(place, approve=asked.approve).follow(commit, asked.service, asked.changed_since)
            except KeyboardInterrupt:
                say("stopped watching; the pipelines go on: `make pipeline-status`, or again `make pipeline-local`")
                return INTERRUPTED
    except (Problem, LocalCloudError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def check(services: str, changed_since: str) -> None:
    """Raise WrongUse for what the build would refuse, before anything is started."""
    if services != "changed":
        asked_for(services, of_platform())
    if changed_since != "deployed":
        try:
            Repository().revision(changed_since)
        except Problem:
            raise WrongUse(f"CHANGED_SINCE: {changed_since} is no commit of this repository") from None


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", flush=True)


def push(place: Target, home: Home) -> str:
    """Bring HEAD to the repository of the pipelines. Returns its hash."""
    repository = Repository()
    url = place.client("codecommit").get_repository(repositoryName="ecommerce")["repositoryMetadata"]["cloneUrlHttp"]
    done = subprocess.run(
        ["git", "push", "--quiet", "--force", url, f"HEAD:refs/heads/{BRANCH}"],
        cwd=ROOT,
        env={**os.environ, **Cloud(home).environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"git push to {url} failed: {done.stderr.strip()}")
    head = repository.head()
    say(f"HEAD is {head}: {repository.subject()}")
    if changed := repository.uncommitted():
        say(f"not in it: {len(changed)} files with changes that are not committed, {changed[0]} the first")
    return head.commit


class Run:
    """One run: the build of HEAD, the pipelines that it started, and those that an earlier run left open."""

    def __init__(self, place: Target, *, approve: bool, show: Callable[[str], None] = say) -> None:
        self._place = place
        self._pipelines = Pipelines(place.client("codepipeline"))
        self._approve = approve
        self._show = show
        self._seen: dict[str, str] = {}
        self._refused: set[str] = set()
        self._retried: set[str] = set()
        self._earlier: set[str] = set()
        self._build_log = Follower(place, f"ecommerce-{place.environment.name}-build")
        self._began = time.monotonic()

    def follow(self, commit: str, services: str, changed_since: str) -> int:
        moment = datetime.now(UTC)
        answer = self._pipelines.client.start_pipeline_execution(
            name=BUILD,
            sourceRevisions=[{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": commit}],
            variables=[
                {"name": "Services", "value": services},
                {"name": "ChangedSince", "value": changed_since},
            ],
        )
        own = answer["pipelineExecutionId"]
        self._show(f"build: started, execution {own}")
        if any(each.is_open and each.id != own for each in self._pipelines.executions(BUILD)):
            self._show("build: an earlier build is not finished, so this one waits for it")
        quiet_since = time.monotonic()
        while True:
            executions = self._pipelines.since(moment, self._earlier)
            self._earlier |= {each.id for each in executions if each.started < moment}
            for line in self._build_log.lines():
                self._show(f"  {line}")
            if self._print_news(executions, moment):
                quiet_since = time.monotonic()
            waiting = self._approvals(executions)
            running = [each for each in executions if each.is_open and each.pipeline not in waiting]
            if running:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > (QUIET_SECONDS if len(executions) > 1 else 1.0):
                return self._summary(executions, waiting)
            time.sleep(POLL_SECONDS)

    def _print_news(self, executions: Sequence[Execution], moment: datetime) -> bool:
        """Print each change of an action since then. True when there was one."""
        is_news = False
        for execution in executions:
            failed: dict[tuple[str, str], str] = {}
            for action in self._pipelines.actions(execution):
                if earlier := failed.pop((action.stage, action.name), ""):
                    self._retried.add(earlier)
                if action.status == "Failed":
                    failed[action.stage, action.name] = action.id
                if self._seen.get(action.id) != action.status and not (action.ended and action.ended < moment):
                    self._seen[action.id] = action.status
                    is_news = True
                    self._show(self._line(execution, action))
        return is_news

    def _line(self, execution: Execution, action: Action) -> str:
        name = f"{execution.service:<17} {action.stage:<8} {action.name:<9}"
        if action.status == "InProgress":
            return f"{name} ..."
        text = f"{name} {action.status:<9} {action.seconds:5.1f} s"
        if action.status == "Failed":
            text += f"  {action.message}"
            if lines := tail(self._place, action):
                text += "".join(f"\n    | {line}" for line in lines)
        return text

    def _approvals(self, executions: Sequence[Execution]) -> set[str]:
        """Answer the approvals that wait. Returns the pipelines that still wait for one."""
        waiting = set()
        for approval in self._pipelines.approvals([each.pipeline for each in executions if each.is_open]):
            if self._approve:
                self._pipelines.answer(approval, approve=True, reason="APPROVE=1")
            elif sys.stdin.isatty() and approval.token not in self._refused:
                self._ask(approval)
            else:
                waiting.add(approval.pipeline)
        return waiting

    def _ask(self, approval: Approval) -> None:
        typed = (
            input(f"{approval.pipeline.removeprefix('ecommerce-')}: deploy it to prod? [y/n/later] ").strip().lower()
        )
        if typed in ("y", "yes", "n", "no"):
            self._pipelines.answer(approval, approve=typed.startswith("y"), reason="make pipeline-local")
        else:
            self._refused.add(approval.token)

    def _summary(self, executions: Sequence[Execution], waiting: set[str]) -> int:
        services = [each for each in executions if each.pipeline != BUILD]
        failed = [each for each in executions if each.status in ("Failed", "Stopped", "Cancelled")]
        took = time.monotonic() - self._began
        if not services and not failed:
            self._show(f"nothing changed, so no pipeline ran ({took:.0f} s)")
            return 0
        # A gate that failed and was retried has done its work: it waited for another service.
        counts = Counter(RETRIED if each in self._retried else status for each, status in self._seen.items())
        what = ", ".join(f"{count} {status.lower()}" for status, count in sorted(counts.items()))
        self._show(f"{len(services)} services, {sum(counts.values())} actions ({what}) in {took:.0f} s")
        for each in failed:
            self._show(f"{each.service}: {each.status.upper()}; `make pipeline-status` says why")
        for name in sorted(waiting):
            self._show(
                f"{name.removeprefix('ecommerce-')}: waits for an approval; `make pipeline-local APPROVE=1` gives it"
            )
        return 1 if failed else 0


if __name__ == "__main__":
    end(main)
