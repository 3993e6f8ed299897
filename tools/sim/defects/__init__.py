"""Planted defects: a guard of the services removed in the copies of one module. No file is changed."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.sim import modules

CATALOGUE = Path(__file__).with_name("catalogue.toml")


class DoesNotFit(Exception):
    """The text of a defect does not occur exactly once in its file."""


@dataclass(frozen=True, slots=True)
class Defect:
    name: str
    about: str
    file: str
    text: str
    replacement: str

    def changed(self) -> str:
        """The text of the file with the defect. Raises DoesNotFit."""
        source = (modules.ROOT / self.file).read_text()
        if (count := source.count(self.text)) != 1:
            raise DoesNotFit(f"{self.name}: its text occurs {count} times in {self.file}")
        return source.replace(self.text, self.replacement)

    def plant(self) -> None:
        """Into the modules that this process loads from now on."""
        modules.PLANTED[modules.ROOT / self.file] = self.changed()


def catalogue() -> list[Defect]:
    return [Defect(name=name, **entry) for name, entry in tomllib.loads(CATALOGUE.read_text()).items()]
