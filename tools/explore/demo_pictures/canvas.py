"""Draws flat shapes into a PNG, with the standard library alone.

Shapes have coordinates from 0 to 100, from the left and from the top. Each pixel is an index of the palette, so a
shape is a run of equal bytes in each row. Edges are not smoothed: *pictures* makes smaller copies,
and those are smooth.
"""

import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

PIXELS = 1000
UNIT = PIXELS / 100
SIGNATURE = b"\x89PNG\r\n\x1a\n"
INDEXED, EIGHT_BITS = 3, 8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon, filled with a colour such as `#1a7f37`."""

    colour: str
    points: Sequence[Point]


def polygon(colour: str, *points: Point) -> Shape:
    return Shape(colour, points)


def box(colour: str, x: float, y: float, width: float, height: float, radius: float = 0) -> Shape:
    """A rectangle; its corners are round with a radius."""
    if not radius:
        return Shape(colour, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))
    right, bottom = x + width - radius, y + height - radius
    centres = ((right, bottom, 0), (x + radius, bottom, 90), (x + radius, y + radius, 180), (right, y + radius, 270))
    return Shape(
        colour, [each for cx, cy, start in centres for each in _arc(cx, cy, radius, radius, start, start + 90)]
    )


def ellipse(colour: str, x: float, y: float, rx: float, ry: float = 0, start: float = 0, end: float = 360) -> Shape:
    """Around (x, y); a part of it from one angle to another, clockwise from the right."""
    return Shape(colour, _arc(x, y, rx, ry or rx, start, end))


def wedge(colour: str, x: float, y: float, rx: float, ry: float, start: float, end: float) -> Shape:
    """A part of an ellipse, to its centre."""
    return Shape(colour, [(x, y), *_arc(x, y, rx, ry, start, end)])


def line(colour: str, width: float, *points: Point) -> list[Shape]:
    """Strokes from point to point, with round ends."""
    shapes = [ellipse(colour, x, y, width / 2) for x, y in points]
    for (ax, ay), (bx, by) in pairwise(points):
        length = math.hypot(bx - ax, by - ay) or 1
        dx, dy = (ay - by) / length * width / 2, (bx - ax) / length * width / 2
        shapes.append(polygon(colour, (ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)))
    return shapes


def curve(colour: str, width: float, x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Shape]:
    """A stroke along a part of an ellipse."""
    return line(colour, width, *_arc(x, y, rx, ry, start, end))


def png(background: str, shapes: Iterable[Shape]) -> bytes:
    """The shapes, one over the other."""
    palette = {background: 0}
    rows = [bytearray(PIXELS) for _ in range(PIXELS)]
    for shape in shapes:
        _fill(rows, palette.setdefault(shape.colour, len(palette)), shape.points)
    header = struct.pack(">IIBBBBB", PIXELS, PIXELS, EIGHT_BITS, INDEXED, 0, 0, 0)
    colours = b"".join(bytes.fromhex(colour.removeprefix("#")) for colour in palette)
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", content), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(*each) for each in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    steps = max(2, math.ceil(abs(end - start) / 4))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def _fill(rows: Sequence[bytearray], index: int, points: Sequence[Point]) -> None:
    """What is inside by the even-odd rule, at the middle of each pixel."""
    corners = [(x * UNIT, y * UNIT) for x, y in points]
    edges = [(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True) if a[1] != b[1]]
    first = max(0, math.floor(min(y for _, y in corners)))
    last = min(PIXELS, math.ceil(max(y for _, y in corners)))
    for number in range(first, last):
        middle = number + 0.5
        crossed = sorted(
            ax + (middle - ay) * (bx - ax) / (by - ay)
            for (ax, ay), (bx, by) in edges
            if min(ay, by) <= middle < max(ay, by)
        )
        row = rows[number]
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            start, end = max(0, round(left)), min(PIXELS, round(right))
            if start < end:
                row[start:end] = bytes([index]) * (end - start)
