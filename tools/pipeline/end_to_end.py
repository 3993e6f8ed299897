"""The tests of the whole platform in an environment, once for all pipelines that deployed there meanwhile.

Pipelines deploy to one environment at the same time, and each needs the result of `tests-e2e` after its own
deployment. A run that began after a deployment and passed has tested that deployment too. So one pipeline runs the
tests, the others wait for the result, and run them themselves if it does not cover them. A failed run covers none: each
pipeline then has a failure of its own.

Two objects in the bucket of the pipelines: `end-to-end/{environment}/running` is the lock, which S3 creates only if it
does not exist, and `end-to-end/{environment}/passed` has the beginning of the last run that passed. The lock has the
id of its run: a run recognises its own lock when S3 made it and the answer was lost. The run renews its lock. One that
is not renewed belongs to a build that was killed or stopped, and is replaced only if it is still the one that was read.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")  # the last: a lock to replace is gone
ABSENT = ("NoSuchKey", "404")
POLL_SECONDS = 10.0
# The clocks of two builds differ by less.
CLOCK_SECONDS = 5.0
# Several renewals may be late before another build takes the lock.
RENEW_SECONDS, STALE_SECONDS = 30.0, 180.0


@dataclass
class EndToEndRuns:
    s3: Any
    bucket: str
    environment: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def once(self, service: str, run: Callable[[], int], say: Callable[[str], None]) -> int:
        """The exit code of a run that began after this call, or 0 if such a run of another pipeline passed."""
        deployed, waiting_for = self.clock(), ""
        while True:
            passed = self._read("passed")
            if passed and passed["began"] >= deployed + CLOCK_SECONDS:
                say(f"covered by the tests that {passed['service']} ran after this deployment")
                return 0
            if self._lock(service, IfNoneMatch="*"):
                return self._run(service, run, say)
            running = self._read("running")
            if running and running["id"] == self.id:  # S3 had made the lock, and its answer was lost
                return self._run(service, run, say)
            if running and self.clock() - running["renewed"] > STALE_SECONDS:
                say(f"the tests of {running['service']} ended without a result")
                if self._lock(service, IfMatch=running["etag"]):
                    return self._run(service, run, say)
                continue
            if running and running["service"] != waiting_for:
                waiting_for = running["service"]
                say(f"waits for the tests that {waiting_for} runs in {self.environment}")
            self.sleep(POLL_SECONDS)

    def _run(self, service: str, run: Callable[[], int], say: Callable[[str], None]) -> int:
        began = self.clock()
        try:
            with self._renewed(service, say):
                code = run()
            if code == 0:
                self._put("passed", {"service": service, "began": began})
            return code
        finally:
            if self._own_lock():
                self._delete("running")

    @contextlib.contextmanager
    def _renewed(self, service: str, say: Callable[[str], None]) -> Iterator[None]:
        """Renew the lock for the duration of the block."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(RENEW_SECONDS):
                try:
                    if lock := self._own_lock():
                        self._lock(service, IfMatch=lock["etag"])
                except (BotoCoreError, ClientError) as error:
                    say(f"the lock of the tests was not renewed: {error}")

        renewing = threading.Thread(target=renew, daemon=True)
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join()

    def _own_lock(self) -> dict[str, Any] | None:
        """The lock, unless another run has taken it."""
        running = self._read("running")
        return running if running and running["id"] == self.id else None

    def _lock(self, service: str, **condition: str) -> bool:
        """Write the lock on that condition. False when another pipeline has it."""
        try:
            self._put("running", {"service": service, "renewed": self.clock(), "id": self.id}, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in TAKEN:
                raise
            return False
        return True

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=self._key(name))
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return None
        return {**json.loads(answer["Body"].read()), "etag": answer["ETag"]}

    def _put(self, name: str, value: dict[str, Any], **condition: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=self._key(name), Body=json.dumps(value).encode(), **condition)

    def _delete(self, name: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"end-to-end/{self.environment}/{name}"
