"""Relative links in Markdown refer to an existing file, and to an existing heading in it."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from tools.check.rules.findings import Finding, Repository

_FENCE = re.compile(r"^\s*(```|~~~)")
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(
    r"(?<!\\)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s*\[[^\]]+\]:\s*(\S+)|(?:src|href)=\"([^\"]+)\""
)
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def check_links(repository: Repository) -> Iterator[Finding]:
    folders = {str(parent) for file in repository.files for parent in PurePosixPath(file).parents}
    for file in repository.named("*.md"):
        for number, line in _prose(repository.text(file)):
            for groups in _LINK.findall(_CODE.sub("", line)):
                target = next(group for group in groups if group)
                if not _ELSEWHERE.match(target):
                    yield from _follow(repository, folders, file, number, target)


def _follow(repository: Repository, folders: set[str], file: str, number: int, target: str) -> Iterator[Finding]:
    path, _, heading = target.partition("#")
    found = normpath(str(PurePosixPath(file).parent / path)) if path else file
    if found not in repository.files and found not in folders:
        yield Finding(file, number, f"the link {target} has no target", "correct the path, relative to this file")
    elif heading and found.endswith(".md") and heading not in set(headings(repository.text(found))):
        yield Finding(file, number, f"the link {target} names no heading", f"use a heading of {found}")


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Lines outside of code blocks, with their numbers."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def headings(text: str) -> Iterator[str]:
    """Anchors of headings, as GitHub creates them."""
    seen: dict[str, int] = {}
    for _, line in _prose(text):
        found = _HEADING.match(line)
        if found:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found[1]).replace("`", "")
            anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            repeated = seen.get(anchor, 0)
            seen[anchor] = repeated + 1
            yield f"{anchor}-{repeated}" if repeated else anchor
