"""The files of a build: sources, artifacts, cache."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from tools.local.aws.codebuild.buildspec import Artifact

CLONE_REFERENCE = "codecommit-clone-reference.json"
"""The only file of an artifact with the format CODEBUILD_CLONE_REF: what CodeBuild clones."""
GIT_SECONDS = 300


class FilesError(Exception):
    """Sources that cannot be read, or artifacts that match no file."""


def unpack(content: bytes, folder: Path) -> None:
    """Unpack a zip into `folder`, with the permissions of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise FilesError("the source is not a zip archive") from None
    with archive:
        for entry in archive.infolist():
            made = Path(archive.extract(entry, folder))
            mode = (entry.external_attr >> 16) & 0o777
            if mode and made.is_file():
                made.chmod(mode | 0o600)


def clone_reference(content: bytes) -> dict[str, str] | None:
    """The repository and commit that an artifact refers to, or None when it holds the files themselves."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.namelist() != [CLONE_REFERENCE]:
                return None
            found: dict[str, str] = json.loads(archive.read(CLONE_REFERENCE))
            return found
    except zipfile.BadZipFile:
        raise FilesError("the source is not a zip archive") from None


def clone(repository: Path, commit: str, folder: Path) -> None:
    """Clone a repository with its whole history, at one commit."""
    for command in (
        ["git", "clone", "--quiet", "--no-checkout", "--no-hardlinks", repository.as_uri(), str(folder)],
        ["git", "-C", str(folder), "checkout", "--quiet", "--detach", commit],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
        if done.returncode:
            raise FilesError(f"git {command[1]}: {done.stderr.strip()}")


def pack(artifact: Artifact, source: Path) -> bytes:
    """The zip of the files that an artifact names. Raises FilesError when there are none."""
    base = _base_folder(artifact.base, source)
    chosen = sorted(set(_matching(artifact.files, base)) - set(_matching(artifact.excluded, base)))
    if not chosen:
        raise FilesError(f"no matching artifact paths found: {', '.join(artifact.files)}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in chosen:
            name = file.name if artifact.discard_paths else file.relative_to(base).as_posix()
            archive.write(file, name)
    return packed.getvalue()


def _base_folder(pattern: str, source: Path) -> Path:
    """`base-directory`: a path below the source, which may have wildcards."""
    if not pattern:
        return source
    found = [one for one in _below(pattern, source) if one.is_dir()]
    if not found:
        raise FilesError(f"no matching base directory path found for {pattern}")
    return found[0]


def _matching(patterns: Iterable[str], base: Path) -> Iterator[Path]:
    for pattern in patterns:
        for found in _below(pattern, base):
            if found.is_file():
                yield found


def _below(pattern: str, base: Path) -> list[Path]:
    """The paths below `base` that a pattern matches."""
    path = PurePosixPath(pattern)
    if path.is_absolute():
        try:
            path = path.relative_to(base.as_posix())
        except ValueError:
            raise FilesError(f"{pattern} is not below the folder of the source") from None
    if ".." in path.parts:
        raise FilesError(f"{pattern} is not below the folder of the source")
    text = path.as_posix()
    return [base] if text == "." else sorted(base.glob(text))


def link_cache(paths: Iterable[str], source: Path, home: Path, kept: Path) -> list[str]:
    """Link each folder of `cache.paths` to a folder that stays. Returns the lines for the log.

    The page "Build caching in AWS CodeBuild", local caching with LOCAL_CUSTOM_CACHE: only folders are cached, as links,
    and an item of the source with the same name replaces a cached one.
    """
    lines = []
    for number, pattern in enumerate(paths):
        folder = cached_folder(pattern, source, home)
        if folder is None:
            lines.append(f"Unable to cache {pattern}: it is neither below the source nor below the home folder")
            continue
        if folder.exists() or folder.is_symlink():
            lines.append(f"The source has {pattern}: it is not taken from the cache")
            continue
        target = kept / f"{number}-{folder.name}"
        target.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(target, target_is_directory=True)
        lines.append(f"Cached folder {pattern}")
    return lines


def cached_folder(pattern: str, source: Path, home: Path) -> Path | None:
    """The folder of one of `cache.paths`. CodeBuild's home folder is /root, which is another one here."""
    path = pattern.removesuffix("/*").removesuffix("/**").rstrip("/")
    for prefix, base in (("/root/", home), ("~/", home), (f"{source}/", source), (f"{home}/", home)):
        if path.startswith(prefix):
            return base / path.removeprefix(prefix)
    if path.startswith("/") or ".." in PurePosixPath(path).parts or any(one in path for one in "*?["):
        return None
    return source / path


def clear(folder: Path) -> None:
    """Delete a folder of a build, also when a command removed the right to write in it."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
