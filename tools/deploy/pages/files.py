"""The files of built pages: their content types, how long caches keep them, and the order of their upload."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.project.problems import Problem

PAGE, CONFIG, ASSETS = "index.html", "config.json", "assets/"
# The names of Vite's assets contain their hash. The page and its configuration keep their names, so caches ask for
# them each time.
FOR_A_YEAR = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
FOR_AN_HOUR = "public, max-age=3600"
# Not the machine's list, which differs from one to the next.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class File:
    """A file as it is stored. `name` is its path below the root of the site."""

    name: str
    content: bytes

    @property
    def content_type(self) -> str:
        return TYPES[Path(self.name).suffix]

    @property
    def cache_control(self) -> str:
        if self.name.startswith(ASSETS):
            return FOR_A_YEAR
        return ASK_EACH_TIME if self.name in (PAGE, CONFIG) else FOR_AN_HOUR

    @cached_property
    def fingerprint(self) -> str:
        """Differs when anything of the stored object differs."""
        head = f"{self.content_type}\n{self.cache_control}\n".encode()
        return hashlib.sha256(head + self.content).hexdigest()


def files_of(bundle: Path, config: str) -> list[File]:
    """The files of a build, in the order of their upload: first what the page refers to, then the configuration that it
    reads, last the page. So a browser that loads the page meanwhile finds all of its files.

    Raises a Problem for files that the CDN would not serve as files.
    """
    found = {path.relative_to(bundle).as_posix(): path for path in bundle.rglob("*") if path.is_file()}
    if PAGE not in found:
        raise Problem(f"the build of the pages has no {PAGE}")
    for name in sorted(found):
        if "/" in name and not name.startswith(ASSETS):
            raise Problem(
                f"the build of the pages has the file {name}; the CDN serves files of {ASSETS} and of the top level: "
                f"import it, so that Vite puts it into {ASSETS}"
            )
        if "/" not in name and "." not in name:
            raise Problem(f"the build of the pages has the file {name}; on the top level names of files have a dot")
        if Path(name).suffix not in TYPES:
            raise Problem(f"the build of the pages has the file {name}; tools/deploy/pages/files.py knows no such type")
    files = [File(name, path.read_bytes()) for name, path in found.items() if name != CONFIG]
    return sorted([*files, File(CONFIG, config.encode())], key=lambda file: (_turn(file.name), file.name))


def _turn(name: str) -> int:
    if name.startswith(ASSETS):
        return 0
    return {CONFIG: 2, PAGE: 3}.get(name, 1)
