"""Plants a defect: in the modules that a process loads and the templates it reads, or in a copy of the tree."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.sim import modules
from tools.sim.defects import Defect
from tools.sim.forks import Runner, environments_of_a_run, freeze_for_forks, warm_world
from tools.sim.templates.reading import blueprint


class Planting:
    """A warm world, made once. Each defect is planted in a fork of the process, so that each fork has one."""

    def __init__(self) -> None:
        self._made = blueprint(modules.ROOT)
        self._environments = environments_of_a_run(self._made)
        self._world = warm_world(self._made, self._environments)
        freeze_for_forks()

    def runner(self, defect: Defect) -> Runner:
        """Runs of the platform with the defect. The process keeps the defect until `intact`."""
        texts = defect.changed()
        planted = {modules.ROOT / file: text for file, text in texts.items() if file.endswith(".py")}
        modules.PLANTED.update(planted)
        if len(planted) == len(texts):
            files = frozenset(planted)
            self._world.functions.renew(lambda each: each.modules.has_loaded(files))
            return Runner(self._world)
        with copy_of_the_tree() as root:
            write(root, texts)
            return Runner(warm_world(blueprint(root), self._environments))

    def intact(self) -> Runner:
        """Runs of the platform without a defect, in a process that has one. The process plants it no more."""
        modules.PLANTED.clear()
        return Runner(warm_world(self._made, self._environments))


@contextlib.contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    """A copy of all files of the repository, committed or not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=modules.ROOT, capture_output=True, check=True, text=True).stdout
    with tempfile.TemporaryDirectory(prefix="defect-") as folder:
        root = Path(folder).resolve()
        for name in filter(None, listed.split("\0")):
            source, place = modules.ROOT / name, root / name
            if source.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, place)
        yield root


def write(root: Path, texts: dict[str, str]) -> None:
    for file, text in texts.items():
        (root / file).write_text(text)
