"""The operator's `make redrive`, the real tool, against the queues of the simulated world."""

from typing import TYPE_CHECKING, Any

import boto3

from tools.operate.redrive.queue import DeadLetterQueue

if TYPE_CHECKING:
    from tools.sim.world import World


class _Target:
    """What the tool knows of an environment."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def client(self, name: str) -> Any:
        if name not in self._clients:
            self._clients[name] = boto3.client(name)  # type: ignore[call-overload]  # the name is no literal here
        return self._clients[name]


_target = _Target()


def redrive_all(world: "World", number: int) -> int:
    """Send all dead letters back. Returns how many there were."""
    counts: list[int] = []

    def work() -> None:
        for queue in [each for each in world.queues.values() if each.source is None and each.messages]:
            letters = DeadLetterQueue(_target, queue.queue.url)  # type: ignore[arg-type]  # as much of a target as it uses
            found = letters.dead_letters()
            counts.append(len(found))
            for letter in found:
                outcome = letters.send_back(letter)
                world.note(f"redrive {queue.queue.name} {letter.id[:8]} {letter.code}: {outcome}")
                if outcome == "sent back":
                    world.mailbox.sent_back.append(letter.payload)
                else:
                    letters.release(letter)

    world.background(f"redrive {number}", work)
    world.come_to_rest()
    return sum(counts)
