"""Runs the phases of a build: install, pre_build, build, post_build.

The page "Build phase transitions": a failed install or pre_build ends the build; a failed build is followed by
post_build. Version 0.2 runs the commands of a phase in one shell, and the next phase starts with its exported variables
and its folder.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.local.aws.codebuild.buildspec import PHASES, Phase, Spec
from tools.local.aws.codebuild.shell import Shell

COMMAND_ERROR = "COMMAND_EXECUTION_ERROR"


@dataclass(frozen=True)
class Failure:
    """Why a phase failed: AWS's code, and a message."""

    code: str
    message: str


class PhaseRunner:
    """The phases of one build. `environment` changes as the commands export variables."""

    def __init__(
        self,
        shell: Shell,
        spec: Spec,
        folder: Path,
        environment: dict[str, str],
        working: Path,
        deadline: float,
        write: Callable[[str], None],
    ) -> None:
        """`folder` is for scripts; `working` is the folder of the first command."""
        self._shell, self._spec, self._folder, self._write = shell, spec, folder, write
        self.environment, self._source, self._working, self._deadline = environment, working, working, deadline
        self._count = 0

    def run(self, name: str) -> Failure | None:
        """Run one phase, again if its `on-failure` asks for it."""
        phase = self._spec.phases.get(name, Phase())
        failure = self._once(phase)
        tries = 0
        while failure and tries < phase.on_failure.retries and re.search(phase.on_failure.pattern, failure.message):
            tries += 1
            self._write(container(f"Retrying phase {name.upper()}, attempt {tries} of {phase.on_failure.retries}"))
            failure = self._once(phase)
        return failure

    def goes_on(self, name: str) -> bool:
        """Whether the next phase runs after this one failed."""
        kind = self._spec.phases.get(name, Phase()).on_failure.kind
        if kind == "CONTINUE":
            return True
        return name in PHASES[2:] and kind != "ABORT"

    def _once(self, phase: Phase) -> Failure | None:
        failure = self._commands(phase.commands)
        return self._commands(phase.final) or failure if phase.final else failure

    def _commands(self, commands: tuple[str, ...]) -> Failure | None:
        """Run commands until one fails."""
        groups = [commands] if self._spec.version == "0.2" else [(one,) for one in commands]
        for group in groups:
            if group:
                failure = self._in_one_shell(group)
                if failure:
                    return failure
        return None

    def _in_one_shell(self, commands: tuple[str, ...]) -> Failure | None:
        self._count += 1
        folder = self._folder / f"commands-{self._count}"
        folder.mkdir()
        script = folder / "script"
        script.write_text(_script(folder, commands))
        code = self._shell.run([self._spec.shell, str(script)], self.environment, self._working, self._deadline)
        if self._spec.version == "0.2":
            self._take_over(folder / "state")
        if code == 0:
            return None
        reached = folder / "reached"
        failed = commands[int(reached.read_text()) - 1] if reached.exists() else commands[0]
        self._write(container(f"Command did not exit successfully {failed} exit status {code}"))
        return Failure(COMMAND_ERROR, f"Error while executing command: {failed}. Reason: exit status {code}")

    def _take_over(self, state: Path) -> None:
        """Continue with the folder and the variables with which a shell ended."""
        if not state.exists():  # it was killed
            return
        folder, _, variables = state.read_bytes().partition(b"\n")
        working = Path(folder.decode("utf-8", "surrogateescape"))
        self._working = working if working.is_dir() else self._source
        pairs = (one.decode("utf-8", "replace").partition("=") for one in variables.split(b"\0") if one)
        self.environment.clear()
        self.environment.update(
            {name: value for name, _, value in pairs if name not in ("_", "SHLVL", "PWD", "OLDPWD")}
        )


def container(text: str) -> str:
    """A line of CodeBuild itself in the log of a build."""
    return f"[Container] {time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} {text}"


def _script(folder: Path, commands: tuple[str, ...]) -> str:
    """A script that runs each command in this shell, notes the one it reached, and keeps folder and variables."""
    lines = [f"trap '__code=$?; {{ pwd; /usr/bin/env -0; }} > {_quoted(folder / 'state')}; exit $__code' EXIT"]
    for number, command in enumerate(commands, 1):
        file = folder / f"{number}"
        file.write_text(command + "\n")
        now = "$(date -u '+%Y/%m/%d %H:%M:%S')"
        lines += [
            f"printf '%s' {number} > {_quoted(folder / 'reached')}",
            f'printf \'[Container] %s Running command %s\\n\' "{now}" "$(cat {_quoted(file)})"',
            f". {_quoted(file)}",
            "__code=$?; [ $__code -eq 0 ] || exit $__code",
        ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    """A path in double quotes, so that it can stand in the single quotes of `trap`."""
    return '"' + re.sub(r'([\\"$`])', r"\\\1", str(path)) + '"'
