"""A plan: a seed, and what of it takes part. The plan alone determines the run."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

ORDERS = 50


@dataclass(frozen=True)
class Plan:
    """`without` are faults that are off. `only` are digests of the occurrences that may happen, None for all.
    `people` are those who take part, None for all."""

    seed: int
    orders: int = ORDERS
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    people: frozenset[str] | None = None
    always: frozenset[str] = frozenset()
    """Occurrences that happen for certain, by their keys: `crash-after|name of a call`."""

    def command(self) -> str:
        """The command that repeats it."""
        parts = [f"make simulate SEED={self.seed} ORDERS={self.orders}"]
        if self.people is not None:
            parts.append(f"PEOPLE={','.join(sorted(self.people)) or 'none'}")
        if self.always:
            parts.append(f"ALWAYS='{','.join(sorted(self.always))}'")
        if self.only is not None:
            parts.append(f"FAULTS={','.join(sorted(self.only)) or 'none'}")
        elif self.without:
            parts.append(f"WITHOUT={','.join(sorted(self.without))}")
        return " ".join(parts)

    def takes_part(self, person: str) -> bool:
        return self.people is None or person in self.people


def digest(key: str) -> str:
    """A short name of an occurrence of a fault."""
    return blake2b(key.encode(), digest_size=4).hexdigest()


def digests(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(map(digest, keys))
