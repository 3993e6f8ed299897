"""Files for tests, made by code."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

from pictures_service.domain import Looked

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
Colour = tuple[int, ...]


def halves(size: tuple[int, int], left: Colour = RED, right: Colour = BLUE, mode: str = "RGB") -> Image.Image:
    """A picture whose halves have different colours."""
    image = Image.new(mode, size, left)
    image.paste(right, (size[0] // 2, 0, size[0], size[1]))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def jpeg(size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    return encoded(halves(size), "JPEG", quality=95, **options)


def turned(orientation: int, size: tuple[int, int] = (400, 200)) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(size, exif=exif)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exchanged_profile() -> bytes:
    """sRGB with its red and its blue exchanged."""
    return srgb_profile().replace(b"rXYZ", b"wait").replace(b"bXYZ", b"rXYZ").replace(b"wait", b"bXYZ")


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def animated(kind: str) -> bytes:
    frames = [halves((20, 20)), halves((20, 20), BLUE, RED)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def bomb(width: int, height: int) -> bytes:
    """A PNG of some kilobytes that claims to have this size; its pixels are zeros."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(b"\0" * (width + 1)) for _ in range(height)) + rows.flush()
    return png(width, height, data)


def png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def opened(looked: Looked, name: str) -> Image.Image:
    content = next(each.content for each in looked.derived if each.name == name)
    return Image.open(io.BytesIO(content))


def is_near(found: Any, colour: Colour, by: int = 30) -> bool:
    """Whether a pixel has about this colour: JPEG and WebP do not keep it exactly."""
    return all(abs(one - other) <= by for one, other in zip(found, colour, strict=True))
