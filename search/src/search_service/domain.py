"""What is searched, and what is asked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecom.times import in_utc
from search_service.words import fold, words_of

IN, LOW, OUT = "IN", "LOW", "OUT"
AVAILABLE = (IN, LOW)
RELEVANCE, NEWEST, PRICE_ASC, PRICE_DESC, NAME = SORTS = ("RELEVANCE", "NEWEST", "PRICE_ASC", "PRICE_DESC", "NAME")
_BANDS = ((1_000, "0-999"), (2_500, "1000-2499"), (5_000, "2500-4999"), (10_000, "5000-9999"))
DEAREST = "10000-"
# How much a word counts, by the field that has it.
NAME_WEIGHT, TAG_WEIGHT, CATEGORY_WEIGHT, ID_WEIGHT = 8, 4, 3, 2
NAME_KEY = 100  # characters of a name by which products are sorted
LAST = 2**62  # sorts behind every date
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A product of the index. `weights` are its words, each with the weight of the best field that has it; `product` is
    the product as the catalogue answers it, as JSON."""

    product_id: str
    version: int
    product: str
    price: int
    category: str | None
    tags: tuple[str, ...]
    level: str
    band: str
    newest: int
    name_key: str
    name_words: tuple[str, ...]
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. Two queries with equal fields have the same hits in the same order."""

    text: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool = False
    sort: str = NEWEST

    @property
    def words(self) -> list[str]:
        return words_of(self.text)


def entry_of(product: Mapping[str, Any], text: str, level: str, version: int) -> Entry:
    """The entry of a product, which is `text` as JSON."""
    name_words = tuple(words_of(product["name"]))
    tags = tuple(dict.fromkeys(product.get("tags") or ()))
    category = product.get("category")
    weights = dict.fromkeys(words_of(product["productId"]), ID_WEIGHT)
    weights |= dict.fromkeys(words_of(category or ""), CATEGORY_WEIGHT)
    weights |= dict.fromkeys((word for tag in tags for word in words_of(tag)), TAG_WEIGHT)
    weights |= dict.fromkeys(name_words, NAME_WEIGHT)
    return Entry(
        product_id=product["productId"],
        version=version,
        product=text,
        price=product["price"],
        category=category,
        tags=tags,
        level=level,
        band=band_of(product["price"]),
        newest=newest_key(product.get("createdDate")),
        name_key=fold(product["name"])[:NAME_KEY],
        name_words=name_words,
        weights=weights,
    )


def band_of(price: int) -> str:
    """The value of the facet `price`."""
    return next((name for below, name in _BANDS if price < below), DEAREST)


def newest_key(created: Any) -> int:
    """Sorts newest first: microseconds since 1970, negative. What is no date comes last."""
    try:
        since = in_utc(datetime.fromisoformat(created)) - _EPOCH
    except (TypeError, ValueError, OverflowError):
        return LAST
    return -((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
