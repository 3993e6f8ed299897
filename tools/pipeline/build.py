"""What CodeBuild runs for a commit (pipeline/buildspecs/build.yaml): check, package and store the services that it
changed, and start their pipelines.

A service that fails stops only itself. Variables: BUCKET; SERVICES, names or `changed`; CHANGED_SINCE, a commit or
`deployed`, which means for each service the commit that was stored last.
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
    """Returns the services that failed."""
    repository = Repository()
    commits = Commits(place.s3, environ["BUCKET"])
    known = services.of_platform()
    head = repository.head()
    stored = {name: found for name in known if (found := commits.latest(name))}
    for name in never_started(place.client("codepipeline"), stored):
        print(f"{name}: the build that stored {stored[name]} ended before it started the pipeline", flush=True)
        start(place, name, commits.versions(name)[0].id)
    chosen_changes = list(wanted(known, stored, repository, environ))
    print(f"{head}: {repository.subject()}", flush=True)
    for change in chosen_changes:
        print(f"  {change.service}: {change.reason}", flush=True)
    if not chosen_changes:
        print("nothing changed: no service is built", flush=True)
        return []
    build_these = [change.service for change in chosen_changes]
    results = make_all(build_these, environ)
    # A dependency that this commit changes must be deployed at this commit or later, also when its own build failed.
    revisions = stored | dict.fromkeys(build_these, head)
    subject = repository.subject()
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "commit.zip"
        repository.archive(tree)
        for name in (each for group in services.deploy_order(known) for each in group if results.get(each)):
            archive = packed(name, known[name].dependencies, revisions, head, tree, Path(scratch))
            version = commits.store(name, head, subject, archive)
            start(place, name, version)
    return [name for name, is_good in results.items() if not is_good]


def never_started(codepipeline: Any, stored: Mapping[str, Revision]) -> Iterator[str]:
    """The services whose newest stored commit no execution has: their build ended between the two."""
    for name, revision in stored.items():
        answer = codepipeline.list_pipeline_executions(pipelineName=f"ecommerce-{name}", maxResults=100)
        started = [
            revision_of(each.get("revisionSummary", ""))
            for execution in answer["pipelineExecutionSummaries"]
            for each in execution.get("sourceRevisions", ())
        ]
        if revision not in started:
            yield name


def wanted(
    known: Iterable[str], stored: Mapping[str, Revision], repository: Repository, environ: Mapping[str, str]
) -> Iterable[Change]:
    names, since = environ.get("SERVICES", "changed"), environ.get("CHANGED_SINCE", "deployed")
    if names != "changed":
        asked = names.replace(",", " ").split()
        for name in asked:
            if name not in known:
                raise WrongUse(f"SERVICES: unknown service {name}; there are {', '.join(known)}")
        return [Change(name, "it was asked for") for name in asked]
    if since != "deployed":
        stored = dict.fromkeys(known, repository.revision(since))
    return changes(known, stored, repository)


def make_all(names: Sequence[str], environ: Mapping[str, str]) -> dict[str, bool]:
    """Run `make ci-<service>` and `make artifacts-<service>` for each, as many at once as there are processors."""
    run(["make", "--no-print-directory", "setup"], "setup", environ)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return dict(zip(names, pool.map(lambda name: make_one(name, environ), names), strict=True))


def make_one(name: str, environ: Mapping[str, str]) -> bool:
    words = ["make", "--no-print-directory", f"ci-{name}", f"artifacts-{name}"]
    return run(words, name, {**environ, "ARTIFACTS_BUCKET": environ["BUCKET"]})


def run(words: Sequence[str], name: str, environ: Mapping[str, str]) -> bool:
    """Run a command. Its output is printed when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        words, cwd=ROOT, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    what = "built" if done.returncode == 0 else f"FAILED: {' '.join(words)}"
    print(f"{name}: {what} in {time.monotonic() - started:.0f} s", flush=True)
    if done.returncode:
        print("".join(f"{name} | {line}\n" for line in done.stdout.splitlines()), end="", flush=True)
    return done.returncode == 0


def packed(
    name: str,
    dependencies: Iterable[str],
    revisions: Mapping[str, Revision],
    head: Revision,
    tree: Path,
    scratch: Path,
) -> Path:
    """The zip of one service: the files of the commit, and `deployment/` with its packaged template and settings."""
    made = ROOT / name / "build" / "artifacts"
    document = json.loads((made / "metadata.json").read_text())
    document |= {
        "service": name,
        "revision": _plain(head),
        "dependencies": {each: _plain(revisions[each]) for each in dependencies if each in revisions},
    }
    path = scratch / f"{name}.zip"
    path.write_bytes(tree.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.write(made / "template.json", "deployment/template.json")
        archive.writestr("deployment/metadata.json", json.dumps(document, indent=1))
    return path


def _plain(revision: Revision) -> dict[str, Any]:
    return {"number": revision.number, "commit": revision.commit}


def start(place: Target, name: str, version: str) -> None:
    """Start the pipeline with exactly the version that was stored, whatever is stored after it."""
    answer = place.client("codepipeline").start_pipeline_execution(
        name=f"ecommerce-{name}",
        sourceRevisions=[{"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": version}],
    )
    print(f"{name}: started the pipeline ecommerce-{name}, execution {answer['pipelineExecutionId']}", flush=True)


if __name__ == "__main__":
    end(main)
