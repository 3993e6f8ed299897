"""Reads `drawings.yaml`: the shapes of each product.

A line is a form, a colour and numbers, as the functions of canvas.py take them; points are written `x,y`:

    box steel 20 40 60 30 5
    polygon red 10,80 50,20 90,80
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from tools.explore.demo_pictures import canvas
from tools.explore.demo_pictures.canvas import Shape
from tools.project.documents import read_yaml

FILE = Path(__file__).with_name("drawings.yaml")
FORMS: Mapping[str, Callable[..., Shape | Iterable[Shape]]] = {
    "box": canvas.box,
    "curve": canvas.curve,
    "ellipse": canvas.ellipse,
    "line": canvas.line,
    "polygon": canvas.polygon,
    "wedge": canvas.wedge,
}


def draw(name: str, category: str) -> bytes:
    """The picture of a product, as a PNG. Raises KeyError for one that has no drawing."""
    return canvas.png(_file()["backgrounds"][category], shapes_of(name))


def shapes_of(name: str) -> list[Shape]:
    file = _file()
    colours = {**file["colours"], **file["backgrounds"]}
    shapes: list[Shape] = []
    for text in file["drawings"][name]:
        form, colour, *numbers = text.split()
        made = FORMS[form](colours[colour], *map(_number, numbers))
        shapes += [made] if isinstance(made, Shape) else made
    return shapes


@cache
def _file() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = read_yaml(FILE)
    return found


def _number(text: str) -> float | tuple[float, float]:
    x, is_point, y = text.partition(",")
    return (float(x), float(y)) if is_point else float(x)
