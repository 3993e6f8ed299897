"""People who look at what they are answered: nothing of another person may be in it.

Each of them writes a word of their own into what they send, and reads all answers for the words of others.
"""

import json
import re
from typing import Any

from tools.sim.people.person import Person

_WORD = re.compile(r"canary-([A-Za-z0-9:-]+?)-end")


class Watchful(Person):
    @property
    def word(self) -> str:
        return f"canary-{self.user_id}-end"

    def ask(self, field: str, **arguments: Any) -> Any:
        return self._read(field, super().ask(field, **arguments))

    def call(self, method: str, service: str, path: str, *content: Any, **signature: Any) -> tuple[int, Any]:
        status, answer = super().call(method, service, path, *content, **signature)
        return status, self._read(f"{method} {service}{path}", answer)

    def signed_in(self) -> dict[str, str]:
        """The header that a browser sends with a signed-in person's request."""
        return {"Authorization": f"Bearer person:{self.user_id}"}

    def _read(self, what: str, answer: Any) -> Any:
        for other in _WORD.findall(json.dumps(answer)):
            if other != self.user_id:
                self.book.report_broken(
                    "U1", other, f"{self.name} reads what {other[:8]} wrote, in the answer to {what}"
                )
        return answer
