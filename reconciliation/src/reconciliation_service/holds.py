"""Money that the provider holds, matched with the orders that own it.

A bounded number of holds is kept in mind, by fingerprint; how many there were beyond that is told.
"""

from collections.abc import Iterator

from reconciliation_service.provider import Provider, fingerprint
from reconciliation_service.snapshots import Case, Charge

AT_MOST = 100_000


class Holds:
    def __init__(self, at_most: int = AT_MOST) -> None:
        self._at_most = at_most
        self._unowned: dict[str, Charge] = {}
        self._owned: set[str] = set()
        self.is_complete = True

    def read(self, provider: Provider) -> None:
        """What is held now. Raises ProviderSilent; what was read before that counts."""
        self.is_complete = False
        for page in provider.holds():
            for token, charge in page:
                if len(self._unowned) >= self._at_most:
                    return
                self._unowned[fingerprint(token)] = charge
        self.is_complete = True

    def owned_by(self, case: Case) -> dict[str, Charge]:
        """What is held under the tokens of the case, which from now on belongs to somebody."""
        found: dict[str, Charge] = {}
        for token in case.tokens:
            if charge := self._unowned.get(fingerprint(token)):
                self._owned.add(fingerprint(token))
                found[token] = charge
        return found

    def unowned(self) -> Iterator[tuple[str, Charge]]:
        return ((hold, charge) for hold, charge in self._unowned.items() if hold not in self._owned)
