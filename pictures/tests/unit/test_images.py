"""What a file must be, and what is derived from it. All files are made by code."""

import io
import zipfile
import zlib

import pytest
from PIL import Image

from pictures.tests import pixels
from pictures.tests.pixels import BLUE, GREEN, RED, WHITE, is_near
from pictures_service.domain import MAX_PIXELS, MAX_SCANS, SIZES, Looked, derived_names
from pictures_service.errors import NotAPicture
from pictures_service.images import START_OF_SCAN, look_at

TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def look(content: bytes, content_type: str = "image/jpeg") -> Looked:
    return look_at(content, content_type)


def refused(content: bytes, content_type: str = "image/jpeg") -> str:
    with pytest.raises(NotAPicture) as raised:
        look_at(content, content_type)
    return str(raised.value)


@pytest.mark.parametrize(("content_type", "kind"), TYPES.items())
def test_six_pictures_are_derived(content_type: str, kind: str) -> None:
    looked = look(pixels.encoded(pixels.halves((2000, 1000)), kind), content_type)
    assert (looked.width, looked.height) == (2000, 1000)
    assert [each.name for each in looked.derived] == derived_names()
    for name, longer in SIZES.items():
        for ending, encoding in (("webp", "WEBP"), ("jpg", "JPEG")):
            image = pixels.opened(looked, f"{name}.{ending}")
            assert (image.format, image.size, image.mode) == (encoding, (longer, longer // 2), "RGB")
            assert is_near(image.getpixel((2, 2)), RED)
            assert is_near(image.getpixel((longer - 3, 2)), BLUE)


def test_a_small_picture_is_not_enlarged() -> None:
    looked = look(pixels.jpeg((300, 100)))
    sizes = {name: pixels.opened(looked, f"{name}.jpg").size for name in SIZES}
    assert sizes == {"small": (160, 53), "medium": (300, 100), "large": (300, 100)}


def test_a_line_of_pixels_stays_a_picture() -> None:
    looked = look(pixels.encoded(pixels.halves((5000, 1)), "PNG"), "image/png")
    assert pixels.opened(looked, "small.webp").size == (160, 1)


@pytest.mark.parametrize(
    ("orientation", "size", "top_left"),
    [
        (1, (400, 200), RED),
        (2, (400, 200), BLUE),
        (3, (400, 200), BLUE),
        (4, (400, 200), RED),
        (5, (200, 400), RED),
        (6, (200, 400), RED),
        (7, (200, 400), BLUE),
        (8, (200, 400), BLUE),
        (9, (400, 200), RED),  # EXIF has no such orientation
    ],
)
def test_a_picture_is_turned_by_its_orientation(
    orientation: int, size: tuple[int, int], top_left: pixels.Colour
) -> None:
    looked = look(pixels.turned(orientation))
    assert (looked.width, looked.height) == size
    image = pixels.opened(looked, "large.jpg")
    assert image.size == size
    assert is_near(image.getpixel((3, 3)), top_left)


def test_metadata_is_removed() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    exif[0x8825] = {1: "N", 2: (52.0, 1.0, 2.0)}
    content = pixels.jpeg((200, 100), exif=exif, comment=b"SECRET", icc_profile=pixels.srgb_profile(), dpi=(72, 72))
    assert content.count(b"SECRET") == 2
    looked = look(content)
    for each in looked.derived:
        image = Image.open(io.BytesIO(each.content))
        assert not dict(image.getexif())
        assert image.info.keys() & {"icc_profile", "exif", "comment", "dpi", "xmp"} == set()
        assert b"SECRET" not in each.content


def test_a_polyglot_leaves_its_other_half_behind() -> None:
    """A picture with an archive behind it, or a page within it, is a picture. What is derived has pixels only."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("SECRET.html", "<script>alert(1)</script>")
    content = pixels.jpeg((200, 100), comment=b"<script>alert(1)</script>") + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(content))
    for each in look(content).derived:
        assert b"<script>" not in each.content
        assert not zipfile.is_zipfile(io.BytesIO(each.content))


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("kind", TYPES.values())
def test_a_file_is_what_it_was_said_to_be(content_type: str, kind: str) -> None:
    content = pixels.encoded(pixels.halves((20, 20)), kind)
    if TYPES[content_type] == kind:
        look(content, content_type)
    else:
        assert refused(content, content_type) == f"the file is a {kind}, not a {TYPES[content_type]}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\xff\xd8\xff\xe0",
        b"PK\x03\x04",
        pixels.encoded(pixels.halves((20, 20)), "GIF"),
        pixels.encoded(pixels.halves((20, 20)), "BMP"),
        pixels.encoded(pixels.halves((20, 20)), "TIFF"),
        pixels.encoded(pixels.halves((20, 20)), "PDF"),
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    assert refused(content).startswith(("the file is not a JPEG", "the file cannot be decoded"))


@pytest.mark.parametrize(("content_type", "kind"), TYPES.items())
@pytest.mark.parametrize("part", [0.05, 0.5, 0.9])
def test_a_truncated_file_is_refused(content_type: str, kind: str, part: float) -> None:
    noise = Image.effect_noise((400, 300), 80).convert("RGB")
    content = pixels.encoded(noise, kind)
    look(content, content_type)
    assert "cannot be decoded" in refused(content[: int(len(content) * part)], content_type)


@pytest.mark.parametrize(("content_type", "kind"), TYPES.items())
@pytest.mark.parametrize("missing", [1, 4, 12, 20])
def test_a_file_without_its_last_bytes_is_refused(content_type: str, kind: str, missing: int) -> None:
    content = pixels.encoded(pixels.halves((20, 20)), kind)
    assert "cannot be decoded" in refused(content[:-missing], content_type)


@pytest.mark.parametrize(("content_type", "kind"), TYPES.items())
def test_a_broken_block_of_metadata_does_not_matter(content_type: str, kind: str) -> None:
    """Cameras and editors write such blocks, and the pixels are sound."""
    content = pixels.encoded(pixels.halves((20, 20)), kind, exif=b"Exif\0\0neither II nor MM")
    assert b"neither II nor MM" in content
    assert len(look(content, content_type).derived) == 6


@pytest.mark.parametrize(("content_type", "kind"), [("image/png", "PNG"), ("image/webp", "WEBP")])
def test_an_animated_picture_is_refused(content_type: str, kind: str) -> None:
    assert refused(pixels.animated(kind), content_type) == "the picture is animated"


def test_a_photo_with_a_preview_is_a_photo() -> None:
    """Cameras write such files (MPO), and call them JPEG."""
    preview = pixels.halves((80, 40), GREEN, GREEN)
    content = pixels.encoded(pixels.halves((400, 200)), "MPO", save_all=True, append_images=[preview])
    looked = look(content)
    assert (looked.width, looked.height) == (400, 200)
    assert is_near(pixels.opened(looked, "large.jpg").getpixel((3, 3)), RED)


@pytest.mark.parametrize(
    ("width", "height"), [(6001, 6667), (10_000, 10_000), (20_000, 20_000), (65_000, 65_000), (40_000_001, 1)]
)
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    """The data is missing: decoding would have failed with another reason."""
    assert width * height > MAX_PIXELS
    assert refused(pixels.png(width, height, b""), "image/png") == "the picture has more than 40 million pixels"


def test_the_largest_picture_is_decoded() -> None:
    looked = look(pixels.bomb(8000, 5000), "image/png")
    assert (looked.width, looked.height) == (8000, 5000)
    assert pixels.opened(looked, "large.webp").size == (1200, 750)


def with_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again until it has so many."""
    content = pixels.encoded(Image.new("L", (64, 64), 128), "JPEG", progressive=True)
    last = content[content.rindex(START_OF_SCAN) : content.rindex(b"\xff\xd9")]
    return content[:-2] + last * (scans - content.count(START_OF_SCAN)) + b"\xff\xd9"


def test_a_jpeg_whose_scans_take_minutes_is_refused() -> None:
    """A megabyte can have 12,000 of them, and each is decoded over all pixels."""
    assert look(with_scans(MAX_SCANS)).width == 64
    assert refused(with_scans(MAX_SCANS + 1)) == "the file has more than 100 scans"


def test_a_text_that_unpacks_to_gigabytes_is_refused() -> None:
    packed = zlib.compress(b"x" * 100_000_000, 9)
    text = pixels.chunk(b"zTXt", b"Comment\0\0" + packed)
    good = pixels.encoded(pixels.halves((20, 20)), "PNG")
    head = 8 + 25  # the signature and the header
    assert "cannot be decoded" in refused(good[:head] + text + good[head:], "image/png")


def test_cmyk_becomes_rgb() -> None:
    """Cyan and magenta make blue."""
    content = pixels.encoded(pixels.halves((200, 100), (0, 255, 255, 0), (255, 255, 0, 0), "CMYK"), "JPEG", quality=95)
    image = pixels.opened(look(content), "large.jpg")
    assert image.mode == "RGB"
    assert is_near(image.getpixel((3, 3)), RED)
    assert is_near(image.getpixel((196, 3)), BLUE)


@pytest.mark.parametrize("mode", ["L", "1", "P", "I;16"])
def test_grey_and_palette_pictures(mode: str) -> None:
    if mode == "I;16":
        image = Image.new("I;16", (200, 100), 0)
        image.paste(65_535, (100, 0, 200, 100))
    else:
        image = pixels.halves((200, 100), (0, 0, 0), WHITE).convert(mode)
    derived = pixels.opened(look(pixels.encoded(image, "PNG"), "image/png"), "large.jpg")
    assert is_near(derived.getpixel((3, 3)), (0, 0, 0))
    assert is_near(derived.getpixel((196, 3)), WHITE)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_stays_in_webp_and_is_white_in_jpeg(mode: str) -> None:
    options = {}
    if mode == "P":
        image = pixels.halves((200, 100), (0, 0, 0), GREEN).convert("P")
        options = {"transparency": image.getpixel((196, 3))}
    else:
        image = pixels.halves((200, 100), (0, 0, 0, 255), (0, 0, 0, 0), "RGBA").convert(mode)
    looked = look(pixels.encoded(image, "PNG", **options), "image/png")
    webp, jpg = (pixels.opened(looked, f"large.{ending}") for ending in ("webp", "jpg"))
    transparent, opaque = webp.getpixel((196, 3)), webp.getpixel((3, 3))
    assert isinstance(transparent, tuple)
    assert isinstance(opaque, tuple)
    assert (transparent[3], opaque[3]) == (0, 255)
    assert is_near(jpg.getpixel((196, 3)), WHITE)
    assert is_near(jpg.getpixel((3, 3)), (0, 0, 0))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_converted_to_srgb(mode: str) -> None:
    """In a profile that takes red for blue, a red picture is a blue one."""
    red, blue = ((*colour, 255)[: len(mode)] for colour in (RED, BLUE))
    image = pixels.halves((200, 100), red, blue, mode)
    content = pixels.encoded(image, "PNG", icc_profile=pixels.exchanged_profile())
    derived = pixels.opened(look(content, "image/png"), "large.jpg")
    assert is_near(derived.getpixel((3, 3)), BLUE)
    assert is_near(derived.getpixel((196, 3)), RED)


@pytest.mark.parametrize("profile", [b"nonsense", pixels.lab_profile()])
def test_a_profile_that_does_not_fit_is_ignored(profile: bytes) -> None:
    looked = look(pixels.jpeg((200, 100), icc_profile=profile))
    assert is_near(pixels.opened(looked, "large.jpg").getpixel((3, 3)), RED)


def test_the_same_file_gives_the_same_bytes() -> None:
    """Two deliveries of a notification write the same."""
    content = pixels.encoded(Image.effect_noise((700, 500), 60).convert("RGB"), "PNG")
    assert look(content, "image/png") == look(content, "image/png")
