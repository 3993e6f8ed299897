"""The index of an execution environment: products by their words, in memory. Pure.

A score is a sum over the words of the query, each by how it matches and by the best field that matches. It does not
depend on other products, so the place of a product among its hits changes only with the product.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from search_service.domain import Entry
from search_service.words import forgives, one_error_away

EXACT, PREFIX, MISTYPED = 4, 2, 1
WHOLE_NAME = 16  # the words are those of the name, and no others


class Index:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.changes = 0  # how many; answers of an earlier state are of another number
        self._weights: dict[str, dict[str, int]] = {}  # word -> product -> weight
        self._alphabet: set[str] = set()
        self._longest = 0
        self._sorted: list[str] | None = None

    def put(self, entry: Entry) -> None:
        """Add the product, or replace it."""
        self.remove(entry.product_id)
        self.entries[entry.product_id] = entry
        for word, weight in entry.weights.items():
            products = self._weights.get(word)
            if products is None:
                products = self._weights[word] = {}
                self._sorted = None
                self._alphabet.update(word)
                self._longest = max(self._longest, len(word))
            products[entry.product_id] = weight
        self.changes += 1

    def remove(self, product_id: str) -> None:
        entry = self.entries.pop(product_id, None)
        if entry is None:
            return
        for word in entry.weights:
            products = self._weights[word]
            del products[product_id]
            if not products:
                del self._weights[word]
                self._sorted = None
        self.changes += 1

    def scores(self, words: Sequence[str]) -> Mapping[str, int]:
        """The products that match all words, with their scores. Without words all match, with 0."""
        if not words:
            return dict.fromkeys(self.entries, 0)
        scores = self._matching(words[-1], is_last=True)
        for word in words[:-1]:
            if not scores:
                break
            found = self._matching(word, is_last=False)
            scores = {
                product_id: score + found[product_id] for product_id, score in scores.items() if product_id in found
            }
        given = tuple(words)
        for product_id in scores:
            if self.entries[product_id].name_words == given:
                scores[product_id] += WHOLE_NAME
        return scores

    def _matching(self, word: str, *, is_last: bool) -> dict[str, int]:
        """The products that have the word, or one that it begins or may have been meant to be."""
        found: dict[str, int] = {}
        if forgives(word) and len(word) <= self._longest + 1:
            for meant in {each for each in one_error_away(word, self._alphabet) if each in self._weights}:
                self._add(found, meant, MISTYPED)
        if is_last:
            for longer in self._beginning_with(word):
                self._add(found, longer, PREFIX)
        if word in self._weights:
            self._add(found, word, EXACT)
        return found

    def _add(self, found: dict[str, int], word: str, factor: int) -> None:
        for product_id, weight in self._weights[word].items():
            score = weight * factor
            if score > found.get(product_id, 0):
                found[product_id] = score

    def _beginning_with(self, prefix: str) -> Iterator[str]:
        if self._sorted is None:
            self._sorted = sorted(self._weights)
        for place in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            word = self._sorted[place]
            if not word.startswith(prefix):
                return
            yield word
