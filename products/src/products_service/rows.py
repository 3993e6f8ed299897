"""Items of the table as products. Pure.

A product can be written to the table manually, so an item can hold anything.

`pictures` has what administrators set. A managed picture, one that *pictures* keeps, is an attribute of its own: so two
that come at once do not meet, and administrators never overwrite one.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from ecom.contracts.common import Product
from ecom.limits import DIMENSIONS, MAX_INT, PRODUCT_FIELDS
from ecom.validation import is_integer

REQUIRED_TEXTS = ("productId", "name")
DATES = ("createdDate", "modifiedDate")
LISTS = ("tags", "pictures")
MANAGED, MANAGED_FIELDS = "managed_", ("pictureId", "url", "uploadedDate")


def from_item(item: Mapping[str, Any]) -> Product | None:
    """The product, None when the item breaks the schema of a product.

    Such an item is left out of every list: one invalid item must not fail its page.
    """
    product = public_fields(item)
    package = product.get("package")
    valid = (
        all(isinstance(product.get(name), str) for name in REQUIRED_TEXTS)
        and isinstance(product.get("category", ""), str)
        and all(_is_texts(product.get(name, [])) for name in LISTS)
        and is_integer(product.get("price"), 0, MAX_INT)
        and isinstance(package, Mapping)
        and all(is_integer(value, -MAX_INT, MAX_INT) for value in package.values())
    )
    return cast("Product", product) if valid else None


def public_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """The public fields of an item. The managed pictures follow those that administrators set. Not validated."""
    product, managed = admins_fields(item), managed_pictures(item)
    own = product.get("pictures", [])
    return {**product, "pictures": [*own, *managed]} if managed and isinstance(own, list) else product


def managed_pictures(item: Mapping[str, Any]) -> list[str]:
    """The URLs of the managed pictures, in the order of upload."""
    stored = [value for name, value in item.items() if name.startswith(MANAGED) and _is_managed(value)]
    return [each["url"] for each in sorted(stored, key=lambda each: (each["uploadedDate"], each["pictureId"]))]


def managed_name(picture_id: str) -> str:
    """The attribute of a managed picture. Expressions take no other characters in a name."""
    return MANAGED + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", picture_id)


def admins_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that administrators set, and the dates, without nulls and without dates that are not texts."""
    product = {name: item[name] for name in PRODUCT_FIELDS if item.get(name) is not None}
    for name in DATES:
        if not isinstance(product.get(name, ""), str):
            del product[name]
    package = product.get("package")
    if isinstance(package, Mapping):
        product["package"] = {name: package[name] for name in DIMENSIONS if package.get(name) is not None}
    return product


def _is_managed(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in MANAGED_FIELDS)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
