"""An uploaded file -> derived pictures. Pure, with Pillow.

Guarantees: the file is what it was said to be, which decoding shows. Its size is checked before its pixels are decoded.
What is derived has the pixels only: no metadata, no colour profile, nothing that was hidden in the file.
"""

import io
import warnings
from typing import TYPE_CHECKING

from pictures_service.domain import DERIVED_TYPES, FORMATS, MAX_PIXELS, MAX_SCANS, SIZES, Derived, Looked
from pictures_service.errors import NotAPicture

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, WEBP = {"quality": 85, "optimize": True, "progressive": True}, {"quality": 82, "method": 4}
LARGEST = max(SIZES.values())
# Cameras append previews to a JPEG, which makes it an MPO. Its first picture is the photo.
ALSO = {"MPO": "JPEG"}
# A marker of JPEG. Compressed data has no such bytes: a zero follows each 0xFF there.
START_OF_SCAN = b"\xff\xda"
# The last chunk of a PNG, of which Pillow needs nothing to decode the pixels.
END_OF_PNG = b"\0\0\0\0IEND\xaeB`\x82"
ORIENTATION = 0x0112  # the tag of EXIF
TURNED_BY_A_QUARTER = (5, 6, 7, 8)
WITH_ALPHA = ("RGBA", "LA", "PA")


def look_at(content: bytes, content_type: str) -> Looked:
    """Raises NotAPicture with the reason."""
    try:
        return _look_at(content, FORMATS[content_type])
    except (NotAPicture, MemoryError):
        raise
    # Any error: a broken file makes Pillow raise many types, and nothing else than the file is involved here.
    except Exception as error:
        raise NotAPicture(f"the file cannot be decoded ({type(error).__name__})") from error


def _look_at(content: bytes, expected: str) -> Looked:
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Pillow warns above 89 million pixels, and raises above twice as many.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=tuple(FORMATS.values()))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise NotAPicture(_too_large()) from None
        except UnidentifiedImageError:
            raise NotAPicture(f"the file is not {_article(expected)}") from None
        with image:
            found = ALSO.get(image.format or "", image.format)
            if found != expected:
                raise NotAPicture(f"the file is {_article(found or 'unknown')}, not {_article(expected)}")
            if image.width * image.height > MAX_PIXELS:
                raise NotAPicture(_too_large())
            if found == "JPEG" and content.count(START_OF_SCAN) > MAX_SCANS:
                raise NotAPicture(f"the file has more than {MAX_SCANS} scans")
            if found == "PNG" and END_OF_PNG not in content:
                raise NotAPicture("the file cannot be decoded (it ends too early)")
            if image.format not in ALSO and getattr(image, "n_frames", 1) > 1:
                raise NotAPicture("the picture is animated")
            return _derive(image)


def _too_large() -> str:
    return f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels"


def _article(name: str) -> str:
    return f"a {name}"


def _derive(image: "Image") -> Looked:
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    width, height = image.size
    if orientation in TURNED_BY_A_QUARTER:
        width, height = height, width
    # A JPEG is decoded in the smallest of its sizes that is enough. All of its data is read nevertheless.
    image.draft(None, (LARGEST, LARGEST))
    image.load()
    large = _in_srgb(_upright(_reduced(_plain(image), LARGEST), orientation), profile)
    derived = []
    for name, longer in SIZES.items():
        small = _reduced(large.copy(), longer)
        derived += [
            Derived(f"{name}.{ending}", kind, _encoded(small, ending)) for ending, kind in DERIVED_TYPES.items()
        ]
    return Looked(width, height, tuple(derived))


def _orientation(image: "Image") -> int:
    """As EXIF says. A picture whose EXIF block is broken is taken as it is, as Pillow does with a JPEG."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except MemoryError:  # it says nothing about the file: tried again
        raise
    except Exception:  # Pillow has many types of errors for a broken block, and nothing else is read here
        return 1


def _upright(image: "Image", orientation: int) -> "Image":
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _plain(image: "Image") -> "Image":
    """The pixels in a mode that can be reduced: grey, RGB, CMYK, or RGBA."""
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.mode in WITH_ALPHA or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _reduced(image: "Image", longer: int) -> "Image":
    """The image itself, changed: a large one is not held twice."""
    from PIL.Image import Resampling

    image.thumbnail((longer, longer), Resampling.LANCZOS)
    return image


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """Without a profile, or with a broken one, the colours are taken as sRGB."""
    from PIL import ImageCms

    target = "RGBA" if image.mode == "RGBA" else "RGB"
    if not profile:
        return image.convert(target)
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert(target)
    assert changed is not None  # noqa: S101 - it is None only for a change in place
    if alpha:
        changed.putalpha(alpha)
    return changed


def _encoded(image: "Image", ending: str) -> bytes:
    """A JPEG has no transparency: what is transparent becomes white."""
    from PIL import Image

    # A new image: what `info` holds (a comment, a profile, a resolution) would be written too.
    clean = Image.new(image.mode, image.size, (255, 255, 255))
    clean.paste(image)
    written = io.BytesIO()
    if ending == "jpg":
        flat = Image.new("RGB", image.size, (255, 255, 255))
        flat.paste(clean, mask=clean.getchannel("A") if clean.mode == "RGBA" else None)
        flat.save(written, "JPEG", **JPEG)
    else:
        clean.save(written, "WEBP", **WEBP)
    return written.getvalue()
