"""The build of pages, once per version of their sources.

npm installs the locked packages without their scripts, and Vite builds. Everything is in one folder; what an older
version left there is deleted. Processes that build at the same time do it one after another.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.local.web import node as node_program

LOCK = "package-lock.json"
LONGEST_SECONDS = 300
LINES, LINES_OF_SCRIPT = 8, 100  # of the output, in an error
IGNORED = ("node_modules", "dist")
OWN = (*IGNORED, "cache", "installed")  # what the folder of the packages has besides the sources
# In npm's output, Node's "Common system errors"; the last two in that of uv.
UNREACHABLE = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"),
    *("Failed to fetch", "error sending request"),
)


class BuildFailed(Exception):
    """Why the pages could not be built; the text is for the reader."""


class Unreachable(BuildFailed):
    """A package registry cannot be reached."""


@dataclass
class Progress:
    """What the build has done, for the page or the person that waits for it."""

    steps: list[str] = field(default_factory=list)
    problem: str = ""
    running: bool = False


def digest(sources: Path) -> str:
    """The version of the sources."""
    found = hashlib.sha256()
    for file in sorted(_files(sources)):
        found.update(file.relative_to(sources).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _files(sources: Path) -> list[Path]:
    found = (file for file in sources.rglob("*") if not set(IGNORED).intersection(file.relative_to(sources).parts))
    return [file for file in found if file.is_file()]


class Build:
    """Builds `sources` into a folder of `place`. `environ` reaches the package registries. Node is downloaded to
    `node_place` if it is not installed."""

    def __init__(self, place: Path, environ: Mapping[str, str], sources: Path, node_place: Path | None = None) -> None:
        self._place, self._environ, self._sources = place, dict(environ), sources
        self._node_place = node_place or place
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self.progress = Progress()

    def bundle(self) -> Path | None:
        """The folder of the built pages; None when this version is not built yet."""
        folder = self._place / f"pages-{digest(self._sources)}"
        return folder if folder.is_dir() else None

    def start(self) -> None:
        """Start the build in a thread, unless it runs already."""
        with self._lock:
            if self.progress.running or self._stopped:
                return
            self.progress = Progress(running=True)
        threading.Thread(target=self._run, args=(self.progress,), name="build of pages", daemon=True).start()

    def stop(self) -> None:
        """End the build's process."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def _run(self, progress: Progress) -> None:
        try:
            self.make(progress)
        except (BuildFailed, OSError) as error:
            progress.problem = str(error)
        except Exception as error:  # a defect: without a problem, the page that waits would start the build again
            progress.problem = f"the build failed: {type(error).__name__}: {error}"
        finally:
            progress.running = False

    def make(self, progress: Progress) -> Path:
        """Build and return the folder of the pages. Raises BuildFailed."""
        with self._alone():
            version = digest(self._sources)
            work = self._prepared(progress)
            progress.steps.append("building the pages")
            node = self.node(progress)
            self._command([node, work / "node_modules/vite/bin/vite.js", "build"], work, "the build of the pages")
            finished = self._place / f"pages-{version}"
            shutil.rmtree(finished, ignore_errors=True)
            (work / "dist").rename(finished)
            for older in self._place.glob("pages-*"):
                if older != finished:
                    shutil.rmtree(older)
            return finished

    def run_script(self, name: str, progress: Progress) -> str:
        """Run a script of package.json on the sources and return what it printed. Raises BuildFailed."""
        with self._alone():
            work = self._prepared(progress)
            node = self.node(progress)
            progress.steps.append(f"running npm run {name}")
            command: list[str | Path] = [node, node_program.npm_of(node), "run", "--silent", name]
            return self._command(command, work, f"npm run {name}", LINES_OF_SCRIPT)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for another process that uses the folder."""
        self._place.mkdir(parents=True, exist_ok=True)
        with (self._place / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _prepared(self, progress: Progress) -> Path:
        """A folder with the locked packages and a copy of the sources."""
        progress.steps.append("finding Node")
        work = self._packages(self.node(progress), progress)
        present = {each.name for each in self._sources.iterdir()} - set(IGNORED)
        for name in {each.name for each in work.iterdir()} - present - set(OWN):
            _remove(work / name)
        for name in present:
            self._copy(self._sources / name, work / name)
        return work

    @staticmethod
    def _copy(source: Path, destination: Path) -> None:
        _remove(destination)
        if source.is_dir():
            shutil.copytree(source, destination, ignore=shutil.ignore_patterns(*IGNORED))
        else:
            shutil.copy(source, destination)

    def node(self, progress: Progress) -> Path:
        """The program; it is downloaded if it is missing."""
        installed = node_program.installed()
        if installed is not None:
            return installed
        present = node_program.downloaded(self._node_place)
        if present.exists():
            return present
        progress.steps.append("downloading Node, about 60 MB, once")
        return node_program.download(self._node_place, self._command)

    def _packages(self, node: Path, progress: Progress) -> Path:
        """A folder with the locked packages."""
        if not (self._sources / LOCK).is_file():
            raise BuildFailed(f"{self._sources} has no {LOCK}: there are no pages to build")
        lock = (self._sources / LOCK).read_bytes()
        folder = self._place / f"packages-{hashlib.sha256(lock).hexdigest()[:16]}"
        if (folder / "installed").exists():
            return folder
        progress.steps.append("installing packages from npm, once")
        for older in self._place.glob("packages-*"):
            shutil.rmtree(older)
        folder.mkdir()
        for name in ("package.json", LOCK):
            shutil.copy(self._sources / name, folder)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        command: list[str | Path] = [node, node_program.npm_of(node), "ci", *options, "--cache", folder / "cache"]
        self._command(command, folder, "the installation of packages from npm")
        shutil.rmtree(folder / "cache", ignore_errors=True)
        (folder / "installed").touch()
        return folder

    def _command(self, command: Sequence[str | Path], folder: Path, what: str, lines: int = LINES) -> str:
        # Programs that a script of package.json names, such as tsc, begin with `#!/usr/bin/env node`.
        found = [str(Path(command[0]).parent), self._environ.get("PATH", "")]
        with self._lock:
            if self._stopped:
                raise BuildFailed("the local cloud is stopping")
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={**self._environ, "PATH": os.pathsep.join(filter(None, found)), "CI": "true", "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        try:
            output, _ = self._process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, _ = self._process.communicate()
            raise BuildFailed(f"{what} took longer than {LONGEST_SECONDS} s\n{_end(output, lines)}") from None
        if self._process.returncode:
            raise failure(what, output, lines)
        return output


def failure(what: str, output: str, lines: int = LINES) -> BuildFailed:
    """The error for a command that failed with this output, of which it has the last lines."""
    if any(code in output for code in UNREACHABLE):
        reason = "the package registry cannot be reached. Is the network up?"
        return Unreachable(f"{what} failed: {reason}\n{_end(output, lines)}")
    return BuildFailed(f"{what} failed\n{_end(output, lines)}")


def _end(output: str, lines: int) -> str:
    return "\n".join(output.strip().splitlines()[-lines:])


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def registry_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What npm and uv may see of this process's environment, besides how registries are reached."""
    return {name: environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in environ}
