"""Sources, artifacts and cache of builds."""

import io
import zipfile
from pathlib import Path

import pytest

from tools.local.aws.codebuild import files, python_environment
from tools.local.aws.codebuild.buildspec import Artifact


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("out/a.txt", "out/deep/b.txt", "out/.hidden", "root.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("artifact", "names"),
    [
        (Artifact(("**/*",)), ["out/.hidden", "out/a.txt", "out/deep/b.txt", "root.txt"]),
        (Artifact(("out/*",)), ["out/.hidden", "out/a.txt"]),
        (Artifact(("**/*",), "out"), [".hidden", "a.txt", "deep/b.txt"]),
        (Artifact(("**/*",), "out", excluded=("deep/**/*",)), [".hidden", "a.txt"]),
        (Artifact(("out/**/*.txt",), discard_paths=True), ["a.txt", "b.txt"]),
        (Artifact(("root.txt",)), ["root.txt"]),
    ],
)
def test_artifacts_hold_the_files_that_match(source: Path, artifact: Artifact, names: list[str]) -> None:
    # Page "Build specification reference for CodeBuild", artifacts.
    with zipfile.ZipFile(io.BytesIO(files.pack(artifact, source))) as archive:
        assert sorted(archive.namelist()) == names


@pytest.mark.parametrize(
    "artifact", [Artifact(("none/*",)), Artifact(("*",), "none"), Artifact(("../*",)), Artifact(("/etc/*",))]
)
def test_artifacts_that_match_nothing_or_lie_outside_fail(source: Path, artifact: Artifact) -> None:
    with pytest.raises(files.FilesError):
        files.pack(artifact, source)


def test_unpacked_files_keep_their_permissions(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("run.sh")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, "#!/bin/sh\n")
    files.unpack(packed.getvalue(), tmp_path / "src")
    assert (tmp_path / "src/run.sh").stat().st_mode & 0o111


def test_a_source_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(files.FilesError, match="not a zip"):
        files.unpack(b"text", tmp_path / "src")


def test_a_cached_folder_stays_and_one_of_the_source_replaces_it(tmp_path: Path) -> None:
    # Page "Build caching in AWS CodeBuild", local custom cache.
    kept = tmp_path / "kept"
    for number in (1, 2):
        source, home = tmp_path / f"src{number}", tmp_path / f"home{number}"
        (source / "tracked").mkdir(parents=True)
        lines = files.link_cache(
            ["build/wheels/**/*", "/root/.npm/*", "tracked", "/opt/tools", "a*b"], source, home, kept
        )
        if number == 1:
            (source / "build/wheels/one.whl").write_text("wheel")
            (home / ".npm/one").write_text("npm")
        else:
            assert (source / "build/wheels/one.whl").read_text() == "wheel"
            assert (home / ".npm/one").read_text() == "npm"
        assert not (source / "tracked").is_symlink()
        assert [line for line in lines if "Unable" in line or "source has" in line] == lines[2:]
        files.clear(source)
    assert (kept / "0-wheels/one.whl").exists()  # deleting a build's folder leaves its cache


def test_a_build_has_a_python_of_its_own(tmp_path: Path) -> None:
    programs = python_environment.make(tmp_path / "python")
    assert (programs / "python3").exists()
    assert (programs / "pip").exists()
