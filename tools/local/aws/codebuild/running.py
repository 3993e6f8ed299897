"""Runs one build from its first phase to its last. The page "Build phase transitions"."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools.local.aws.codebuild import environment, files, python_environment
from tools.local.aws.codebuild.build_log import BuildLog
from tools.local.aws.codebuild.buildspec import PHASES, Artifact, Spec, SpecError, read
from tools.local.aws.codebuild.phases import Failure, PhaseRunner, container
from tools.local.aws.codebuild.records import Store, project_arn
from tools.local.aws.codebuild.shell import Shell, TimedOut
from tools.local.aws.iam.engine_sessions import Credentials, RoleRefused, demand, end_session, take_role
from tools.local.aws.json_api import Document
from tools.local.aws.own_clients import Clients
from tools.local.home import ACCOUNT, REGION

log = logging.getLogger("local.codebuild")

PRINCIPAL = "codebuild.amazonaws.com"
SESSION_SECONDS = 9 * 3600.0
DEFAULT_SPEC = "buildspec.yml"
RepositoryOf = Callable[[str], Path]
"""The folder of a CodeCommit repository; raises ApiError when it does not exist."""


class Stopped(Exception):
    """StopBuild was called."""


class PhaseFailed(Exception):
    """A phase failed, and no other phase follows but the last ones."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Build:
    """One run of one build. A build that was interrupted runs anew, in a fresh folder."""

    def __init__(
        self,
        store: Store,
        record: Document,
        folder: Path,
        caches: Path,
        repository_of: RepositoryOf,
        check: Callable[[], None],
    ) -> None:
        """`check` raises an exception when the cloud stops."""
        self._store, self._record, self._folder, self._caches = store, record, folder, caches
        self._repository_of, self._check = repository_of, check
        self._deadline = time.time() + 60.0 * record["timeoutInMinutes"]
        self._failed = False
        self._credentials: Credentials | None = None
        self._log = BuildLog(None, "", "")
        self._sources: dict[str, Path] = {}
        self._clients: Any = None

    def run(self) -> str:
        """Run the build and return its status. Raises what `check` raises."""
        files.clear(self._folder)
        self._folder.mkdir(parents=True)
        with self._store.lock:
            self._record.update(phases=[], currentPhase="SUBMITTED")
        try:
            self._all_phases()
        except PhaseFailed:
            return "FAILED"
        except TimedOut:
            return self._cut("TIMED_OUT", "BUILD_TIMED_OUT", "Build has timed out. ")
        except Stopped:
            return self._cut("STOPPED", "CLIENT_ERROR", "Build was stopped")
        else:
            return "FAILED" if self._failed else "SUCCEEDED"
        finally:
            self._log.close()
            if self._credentials is not None:
                end_session(self._credentials)
            files.clear(self._folder)

    def _cut(self, status: str, code: str, message: str) -> str:
        with self._store.lock:
            if phases := self._record["phases"]:  # none yet if the build was stopped as it began
                context = {"statusCode": code, "message": message}
                phases[-1].update(phaseStatus=status, endTime=time.time(), contexts=[context])
        self._log.write(container(message))
        return status

    def _all_phases(self) -> None:
        for name in ("SUBMITTED", "QUEUED"):
            with self._phase(name):
                pass
        with self._phase("PROVISIONING"):
            self._take_role()
        with self._phase("DOWNLOAD_SOURCE"):
            spec = self._prepare()
        shell = Shell(self._folder, self._log.write, self._interrupted)
        try:
            runner = self._runner(shell, spec)
            self._command_phases(runner)
            with self._store.lock:
                self._record["exportedEnvironmentVariables"] = [
                    {"name": name, "value": runner.environment.get(name, "")} for name in spec.exported
                ]
        finally:
            shell.close()
        with self._phase("UPLOAD_ARTIFACTS"):
            self._upload(spec)
        with self._phase("FINALIZING"):
            pass

    def _interrupted(self) -> None:
        self._check()
        if self._record["stopping"]:
            raise Stopped

    @contextmanager
    def _phase(self, name: str) -> Iterator[Callable[[Failure | None], None]]:
        """One phase, in the record and in the log. Errors of AWS and of the sources fail it, and so does the block with
        the function that it gets."""
        self._interrupted()
        phase = {"phaseType": name, "startTime": time.time(), "phaseStatus": "IN_PROGRESS", "contexts": []}
        with self._store.lock:
            self._record["phases"].append(phase)
            self._record["currentPhase"] = name
        self._log.write(container(f"Entering phase {name}"))
        failures: list[Failure | None] = []
        try:
            yield failures.append
        except PhaseFailed as failed:
            self._end_phase(phase, failed.failure)
            raise
        except (ClientError, RoleRefused, PermissionError) as error:
            failure = Failure("ACCESS_DENIED" if _is_denied(error) else "CLIENT_ERROR", str(error))
            self._end_phase(phase, failure)
            raise PhaseFailed(failure) from error
        except (SpecError, files.FilesError) as error:
            text = str(error)
            failure = Failure("YAML_FILE_ERROR" if text.startswith("YAML_FILE_ERROR") else "CLIENT_ERROR", text)
            self._end_phase(phase, failure)
            raise PhaseFailed(failure) from error
        self._end_phase(phase, next(iter(failures), None))

    def _end_phase(self, phase: Document, failure: Failure | None) -> None:
        state = "FAILED" if failure else "SUCCEEDED"
        context = {"statusCode": failure.code if failure else "", "message": failure.message if failure else ""}
        now = time.time()
        with self._store.lock:
            phase.update(phaseStatus=state, endTime=now, contexts=[context])
            self._failed = self._failed or failure is not None
            self._store.changed()
        self._log.write(container(f"Phase complete: {phase['phaseType']} State: {state}"))
        self._log.write(container(f"Phase context status code: {context['statusCode']} Message: {context['message']}"))

    # --- the phases ---

    def _take_role(self) -> None:
        record = self._record
        source = project_arn(record["projectName"])
        session = f"AWSCodeBuild-{record['id'].rpartition(':')[2]}"
        self._credentials = take_role(record["serviceRole"], PRINCIPAL, session, SESSION_SECONDS, source)
        self._clients = Clients(self._credentials)
        group = record["logs"].get("groupName", "")
        its_log = BuildLog(self._clients["logs"] if group else None, group, record["logs"].get("streamName", ""))
        its_log.start()
        self._log = its_log

    def _prepare(self) -> Spec:
        """The sources, the buildspec and the folders of the cache."""
        self._sources = {"": self._folder / "src"}
        content = {}
        given = self._record["pipeline"]
        if given:
            for name, where in given["sources"].items():
                body = self._clients["s3"].get_object(Bucket=where["bucket"], Key=where["key"])["Body"]
                content[name] = body.read()
                if name != given["primary"]:
                    self._sources[name] = self._folder / f"src_{name}"
        for name, its in content.items():
            self._fetch(its, self._sources["" if name == given["primary"] else name])
        self._sources[""].mkdir(exist_ok=True)
        spec = read(self._inline_spec() or self._spec_file())
        self._link_cache(spec)
        return spec

    def _fetch(self, content: bytes, folder: Path) -> None:
        reference = files.clone_reference(content)
        if reference is None:
            files.unpack(content, folder)
            return
        name = reference["RepositoryName"]
        session = f"AWSCodeBuild-{self._record['id'].rpartition(':')[2]}"
        demand(
            self._record["serviceRole"], session, "codecommit:GitPull", f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{name}"
        )
        files.clone(self._repository_of(name), reference["CommitId"], folder)

    def _inline_spec(self) -> str:
        text: str = self._record["source"].get("buildspec") or ""
        return text if "\n" in text or text.startswith("version:") else ""

    def _spec_file(self) -> str:
        name = self._record["source"].get("buildspec") or DEFAULT_SPEC
        file = self._sources[""] / name
        if name.startswith(("/", "arn:")) or ".." in Path(name).parts or not file.is_file():
            raise SpecError(f"YAML_FILE_ERROR: stat {name}: no such file or directory")
        return file.read_text()

    def _link_cache(self, spec: Spec) -> None:
        cache = self._record["cache"]
        if cache["type"] == "NO_CACHE" or not spec.cache_paths:
            return
        if cache["type"] == "LOCAL" and "LOCAL_CUSTOM_CACHE" not in cache.get("modes", []):
            return
        home, kept = self._folder / "home", self._caches / self._record["projectName"]
        for line in files.link_cache(spec.cache_paths, self._sources[""], home, kept):
            self._log.write(container(line))

    def _runner(self, shell: Shell, spec: Spec) -> PhaseRunner:
        folders = {name: self._folder / name for name in ("home", "tmp", "scripts")}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        programs = python_environment.make(self._folder / "python")
        for runtime, asked in (spec.phases["install"].runtimes if "install" in spec.phases else {}).items():
            found = python_environment.version() if runtime == "python" else "the one in PATH, if any"
            self._log.write(container(f"runtime {runtime} {asked}: the local cloud takes {found}"))
        credentials = self._credentials
        if credentials is None:
            raise RuntimeError("the build has no role")
        variables = {
            **environment.of_host(),
            "PATH": f"{programs}:{python_environment.outer_path()}",
            "HOME": str(folders["home"]),
            "TMPDIR": str(folders["tmp"]),
            "LANG": "C.UTF-8",
            # The folder of the cloud may be in a checkout, which is none of the build's business.
            "GIT_CEILING_DIRECTORIES": str(self._folder),
            "PIP_CACHE_DIR": str(self._caches / "pip"),
            **environment.of_build(self._record, self._sources),
            **environment.of_aws(credentials),
        }
        try:
            own, hidden = environment.of_user(spec, self._record, self._clients)
        except (ClientError, SpecError) as error:
            with self._phase("INSTALL"):
                raise PhaseFailed(
                    Failure("ACCESS_DENIED" if _is_denied(error) else "CLIENT_ERROR", str(error))
                ) from error
        for value in hidden:
            self._log.mask(value)
        return PhaseRunner(
            shell, spec, folders["scripts"], {**variables, **own}, self._sources[""], self._deadline, self._log.write
        )

    def _command_phases(self, runner: PhaseRunner) -> None:
        for name in PHASES:
            runner.environment["CODEBUILD_BUILD_SUCCEEDING"] = "0" if self._failed else "1"
            with self._phase(name.upper()) as end:
                failure = runner.run(name)
                end(failure)
            if failure and not runner.goes_on(name):
                raise PhaseFailed(failure)

    def _upload(self, spec: Spec) -> None:
        """Store the artifacts where the pipeline wants them."""
        given = self._record["pipeline"]
        if not given:
            return
        outputs: dict[str, Document] = given["outputs"]
        wanted: dict[str, Artifact | None] = (
            dict.fromkeys(outputs, spec.artifact)
            if len(outputs) == 1 and not spec.secondary
            else {name: spec.secondary.get(name) for name in outputs}
        )
        for name, artifact in wanted.items():
            if artifact is None:
                self._log.write(container(f"No artifact {name} in the buildspec"))
                continue
            where, key = outputs[name], given["encryption_key"]
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
            content = files.pack(artifact, self._sources[""])
            self._clients["s3"].put_object(Bucket=where["bucket"], Key=where["key"], Body=content, **encryption)


def _is_denied(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return isinstance(error, RoleRefused | PermissionError)
