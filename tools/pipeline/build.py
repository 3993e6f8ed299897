"""What CodeBuild runs for a commit (pipeline/buildspecs/build.yaml): check, package and store the services that it
changed, and start their pipelines.

A service whose checks fail is not stored; the others are. Environment variables:

- BUCKET: the bucket of the pipelines;
- SERVICES: names, or `changed` (the default);
- CHANGED_SINCE: a commit, or `deployed` (the default): for each service the commit of it that was stored last.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline_service.commits import Revision, revision_of
from tools import ROOT
from tools.pipeline.changes import Change, Repository, changes
from tools.pipeline.commits import Commits
from tools.project import services
from tools.project.aws import Target, readable, target
from tools.project.command import end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse


def main(argv: Sequence[str]) -> int:
    del argv
    try:
        environment = chosen()
        with readable(environment):
            failed = build(target(environment), os.environ)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 1 if failed else 0


def build(place: Target, environ: Mapping[str, str]) -> list[str]:
    """Build the commit that is checked out. Returns the services whose checks or packaging failed."""
    repository = Repository()
    commits = Commits(place.s3, environ["BUCKET"])
    known = services.of_platform()
    head = repository.head()
    stored = {name: found for name in known if (found := commits.latest(name))}
    for name in stored_but_not_started(place.client("codepipeline"), stored):
        print(f"{name}: the build that stored {stored[name]} ended before it started the pipeline", flush=True)
        start(place, name, commits.versions(name)[0].id)
    subject = repository.subject()
    print(f"{head}: {subject}", flush=True)
    changed = list(changes_to_build(known, stored, repository, environ))
    for change in changed:
        print(f"  {change.service}: {change.reason}", flush=True)
    if not changed:
        print("nothing changed: no service is built", flush=True)
        return []
    names = [change.service for change in changed]
    succeeded = check_and_package(names, environ)
    # A dependency that this commit changes must be deployed at this commit or later, also when its own build failed.
    revisions = stored | dict.fromkeys(names, head)
    with tempfile.TemporaryDirectory() as scratch:
        files = Path(scratch) / "commit.zip"
        repository.archive(files)
        for name in (each for group in services.deploy_order(known) for each in group if succeeded.get(each)):
            archive = archive_of(name, known[name].dependencies, revisions, head, files, Path(scratch))
            version = commits.store(name, head, subject, archive)
            start(place, name, version)
    return [name for name in names if not succeeded[name]]


def stored_but_not_started(codepipeline: Any, stored: Mapping[str, Revision]) -> Iterator[str]:
    """The services whose newest stored commit has no execution.

    Their build ended after it had stored the commit and before it started the pipeline. No later build would choose
    them, since what is stored counts as built.
    """
    for name, revision in stored.items():
        answer = codepipeline.list_pipeline_executions(pipelineName=f"ecommerce-{name}", maxResults=100)
        started = [
            revision_of(each.get("revisionSummary", ""))
            for execution in answer["pipelineExecutionSummaries"]
            for each in execution.get("sourceRevisions", ())
        ]
        if revision not in started:
            yield name


def changes_to_build(
    known: Iterable[str], stored: Mapping[str, Revision], repository: Repository, environ: Mapping[str, str]
) -> Iterable[Change]:
    """The services to build, by SERVICES and CHANGED_SINCE. Raises WrongUse for an unknown service."""
    names, since = environ.get("SERVICES", "changed"), environ.get("CHANGED_SINCE", "deployed")
    if names != "changed":
        return [Change(name, "it was asked for") for name in asked_for(names, known)]
    if since != "deployed":
        stored = dict.fromkeys(known, repository.revision(since))
    return changes(known, stored, repository)


def asked_for(names: str, known: Iterable[str]) -> list[str]:
    """The services of a list with commas or spaces. Raises WrongUse for an unknown one."""
    asked = names.replace(",", " ").split()
    for name in asked:
        if name not in known:
            raise WrongUse(f"SERVICES: unknown service {name}; there are {', '.join(known)}")
    return asked


def check_and_package(names: Sequence[str], environ: Mapping[str, str]) -> dict[str, bool]:
    """Run `make ci-<service>` and `make artifacts-<service>` for each, as many at once as there are processors.

    Returns for each service whether both succeeded.
    """

    def make(name: str) -> bool:
        words = ["make", "--no-print-directory", f"ci-{name}", f"artifacts-{name}"]
        return run(words, name, {**environ, "ARTIFACTS_BUCKET": environ["BUCKET"]})

    # Once before the others, which would all do it at the same time. If it fails, they fail in the same way.
    run(["make", "--no-print-directory", "setup"], "setup", environ)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return dict(zip(names, pool.map(make, names), strict=True))


def run(words: Sequence[str], name: str, environ: Mapping[str, str]) -> bool:
    """Run a command. Returns whether it succeeded; its output is printed only when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        words, cwd=ROOT, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    what = "built" if done.returncode == 0 else f"FAILED: {' '.join(words)}"
    print(f"{name}: {what} in {time.monotonic() - started:.0f} s", flush=True)
    if done.returncode:
        print("".join(f"{name} | {line}\n" for line in done.stdout.splitlines()), end="", flush=True)
    return done.returncode == 0


def archive_of(
    name: str,
    dependencies: Iterable[str],
    revisions: Mapping[str, Revision],
    head: Revision,
    files: Path,
    scratch: Path,
) -> Path:
    """Write the zip of one service to the folder `scratch`: what a pipeline needs to test and deploy it.

    It has the files of the commit, copied from the zip `files`, and in `deployment/` the packaged template and
    `metadata.json`, which `pipeline_service.commits.Deployment` describes. A dependency that was never stored is left
    out: the gate could not ask for a revision of it.
    """
    artifacts = ROOT / name / "build" / "artifacts"
    metadata = json.loads((artifacts / "metadata.json").read_text())
    metadata |= {
        "service": name,
        "revision": _to_json(head),
        "dependencies": {each: _to_json(revisions[each]) for each in dependencies if each in revisions},
    }
    path = scratch / f"{name}.zip"
    path.write_bytes(files.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.write(artifacts / "template.json", "deployment/template.json")
        archive.writestr("deployment/metadata.json", json.dumps(metadata, indent=1))
    return path


def _to_json(revision: Revision) -> dict[str, Any]:
    return {"number": revision.number, "commit": revision.commit}


def start(place: Target, name: str, version: str) -> None:
    """Start the service's pipeline with this version of its S3 object, also when a newer one is stored meanwhile."""
    answer = place.client("codepipeline").start_pipeline_execution(
        name=f"ecommerce-{name}",
        sourceRevisions=[{"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": version}],
    )
    print(f"{name}: started the pipeline ecommerce-{name}, execution {answer['pipelineExecutionId']}", flush=True)


if __name__ == "__main__":
    end(main)
