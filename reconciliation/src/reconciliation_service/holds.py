"""The provider's holds, matched with the orders that own them.

A bounded number of holds is kept in memory, by fingerprint.
"""

from collections.abc import Iterator

from reconciliation_service.provider import Provider, fingerprint
from reconciliation_service.snapshots import LedgerEntry, OrderRecords

MAX_HOLDS = 100_000


class Holds:
    def __init__(self, at_most: int = MAX_HOLDS) -> None:
        self._at_most = at_most
        self._unowned: dict[str, LedgerEntry] = {}
        self._owned: set[str] = set()
        self.is_complete = True

    def read(self, provider: Provider) -> None:
        """Read all holds. Raises ProviderUnavailable; the pages read before stay."""
        self.is_complete = False
        for page in provider.holds():
            for token, entry in page:
                if len(self._unowned) >= self._at_most:
                    return
                self._unowned[fingerprint(token)] = entry
        self.is_complete = True

    def owned_by(self, records: OrderRecords) -> dict[str, LedgerEntry]:
        """The holds under the payment tokens of the records, which count as owned from now on."""
        found: dict[str, LedgerEntry] = {}
        for token in records.tokens:
            if entry := self._unowned.get(fingerprint(token)):
                self._owned.add(fingerprint(token))
                found[token] = entry
        return found

    def unowned(self) -> Iterator[tuple[str, LedgerEntry]]:
        return ((hold, entry) for hold, entry in self._unowned.items() if hold not in self._owned)
