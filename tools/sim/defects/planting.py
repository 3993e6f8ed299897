"""Plants a defect: in the modules that a process loads and the templates it reads, or in a copy of the tree."""

import contextlib
import gc
import logging
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.sim import aws_seam, modules
from tools.sim.defects import Defect
from tools.sim.faults import catalogue as faults
from tools.sim.forks import SPARE, WARM_UP_ORDERS, Runner
from tools.sim.plan import Plan
from tools.sim.run import run
from tools.sim.templates.blueprint import Blueprint
from tools.sim.templates.reading import blueprint
from tools.sim.world import World


class Bench:
    """A warm world, made once. Planting happens in forks of the process, so that each has one defect."""

    def __init__(self) -> None:
        aws_seam.install()
        logging.getLogger("local.delivery").setLevel(logging.ERROR)  # the trace has it
        made = blueprint(modules.ROOT)
        first = World(made)
        run(first, Plan(seed=0, orders=WARM_UP_ORDERS, without=frozenset(faults.BY_NAME)))
        self._wanted = {arn: number + SPARE for arn, number in first.functions.made().items()}
        del first
        self._made = made
        self._world = self._warm(made)
        gc.collect()
        gc.freeze()

    def _warm(self, made: Blueprint) -> World:
        world = World(made)
        aws_seam.use(world)
        world.functions.warm_up(self._wanted)
        return world

    def runner(self, defect: Defect) -> Runner:
        """Runs of the platform with the defect. The process keeps the defect until `intact`."""
        texts = defect.changed()
        planted = {modules.ROOT / file: text for file, text in texts.items() if file.endswith(".py")}
        modules.PLANTED.update(planted)
        if len(planted) == len(texts):
            files = frozenset(planted)
            self._world.functions.renew(lambda each: each.modules.has_loaded(files))
            return _Planted(self._world)
        with copy_of_the_tree() as root:
            write(root, texts)
            return _Planted(self._warm(blueprint(root)))

    def intact(self) -> Runner:
        """Runs of the platform without a defect, in a process that has one. The process plants it no more."""
        modules.PLANTED.clear()
        return _Planted(self._warm(self._made))


class _Planted(Runner):
    """A runner with a world of its own."""

    def __init__(self, world: World) -> None:
        self.world = world


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
