"""The demo's products and their drawings."""

import struct
from collections import Counter

import pytest

from tools.explore.demo_data import PREFIX_OF_PRODUCTS, catalogue
from tools.explore.demo_pictures import canvas
from tools.explore.demo_pictures.drawings import draw, shapes_of

PRODUCTS = catalogue()
# As docs/getting_started.md and the tests know them.
FIRST = ("kettle", "teapot", "pan", "knife", "lamp", "chair", "rug", "clock", "spade", "hose", "gloves", "seeds")


def test_forty_products_in_six_categories_begin_with_the_twelve_that_the_pages_name() -> None:
    names = [each["productId"].removeprefix(PREFIX_OF_PRODUCTS) for each in PRODUCTS]
    assert tuple(names[:12]) == FIRST
    assert not any("stock" in each for each in PRODUCTS[:12])
    assert len(set(names)) == 40
    assert len(Counter(each["category"] for each in PRODUCTS)) == 6


def test_some_products_are_sold_out_or_nearly() -> None:
    stock = [each["stock"] for each in PRODUCTS if "stock" in each]
    assert 0 in stock
    assert any(0 < each < 5 for each in stock)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda each: each["productId"])
def test_each_product_has_a_drawing(product: dict[str, str]) -> None:
    shapes = shapes_of(product["productId"].removeprefix(PREFIX_OF_PRODUCTS))
    assert len({each.colour for each in shapes}) > 1
    assert all(len(each.points) > 2 for each in shapes)


@pytest.mark.parametrize("product", PRODUCTS[::10], ids=lambda each: each["productId"])
def test_a_drawing_is_a_png_with_something_on_its_background(product: dict[str, str]) -> None:
    picture = draw(product["productId"].removeprefix(PREFIX_OF_PRODUCTS), product["category"])
    assert picture.startswith(canvas.SIGNATURE)
    assert struct.unpack(">II", picture[16:24]) == (canvas.PIXELS, canvas.PIXELS)
    assert len(picture) > 3000  # the background alone has some hundred bytes


def test_a_shape_fills_what_is_inside_of_it() -> None:
    rows = [bytearray(canvas.PIXELS) for _ in range(canvas.PIXELS)]
    canvas._fill(rows, 1, canvas.box("#000000", 25, 50, 50, 25).points)
    painted = sum(row.count(1) for row in rows)
    assert painted == canvas.PIXELS**2 // 8
    assert rows[canvas.PIXELS * 5 // 8][canvas.PIXELS // 2] == 1


def test_a_shape_that_leaves_the_picture_is_cut() -> None:
    rows = [bytearray(canvas.PIXELS) for _ in range(canvas.PIXELS)]
    canvas._fill(rows, 1, canvas.ellipse("#000000", 0, 0, 50).points)
    assert 0 < sum(row.count(1) for row in rows) < canvas.PIXELS**2 // 4
    assert all(len(row) == canvas.PIXELS for row in rows)
