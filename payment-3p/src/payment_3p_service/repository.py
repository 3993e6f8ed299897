"""The ledger: one item per payment, and one per idempotency key with its first answer.

Guarantees: a change is one conditional write on the payment's revision, so concurrent changes lose nothing. With a key,
the hold or the change and its answer are one transaction, so a repeat, even a concurrent one, changes nothing and gets
the first answer. Every method raises Busy when DynamoDB is throttled or does not answer.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payment_3p_service.aws import Conflict, aws_failures
from payment_3p_service.domain import Change, Payment, Status, as_of, timestamp
from payment_3p_service.errors import Busy, KeyReused
from payment_3p_service.held_index import partitions
from payment_3p_service.rows import item_from_payment, payment_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 12
PAGE = 100
KEY_DAYS = 90
LONGEST_HOLD_DAYS = 60  # the maximum of the template's parameter HoldDays


@dataclass(frozen=True, slots=True)
class Request:
    """An idempotency key, and a text that differs for every other request."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Page:
    payments: list[Payment]
    after: str | None


class Ledger:
    def __init__(
        self,
        client: "DynamoDBClient",
        payments_table: str,
        keys_table: str,
        now: Callable[[], datetime],
        wait: Callable[[int], None],
    ) -> None:
        self._client = client
        self._payments = payments_table
        self._keys = keys_table
        self._now = now
        self._wait = wait

    def open(self, payment: Payment) -> None:
        """Store the new payment. A repeat changes nothing: the SDK sends a request again when the answer is late."""
        item = item_from_payment(payment, revision=1)
        same = ("revision", "createdAt", "authorised", "lastFour")
        is_same = " AND ".join(f"{name} = :{name}" for name in same)
        try:
            with aws_failures():
                self._client.put_item(
                    TableName=self._payments,
                    Item=item,
                    ConditionExpression=f"attribute_not_exists(paymentToken) OR ({is_same})",
                    ExpressionAttributeValues={f":{name}": item[name] for name in same},
                )
        except Conflict:
            raise Busy("this token exists already; send the same request again") from None

    def open_once(self, payment: Payment, request: Request) -> str:
        """Store the new payment, unless that request stored one before. Return the token of the first one."""
        new = {
            "TableName": self._payments,
            "Item": item_from_payment(payment, revision=1),
            "ConditionExpression": "attribute_not_exists(paymentToken)",
        }
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._wait(attempt)
            if (first := self._key_item(request)) is not None:
                return str(first["paymentToken"])
            if self._write([{"Put": new}, {"Put": self._answer(request, {"paymentToken": payment.token})}]):
                return payment.token
        raise Busy("too many concurrent requests with this key; send the same request again")

    def find(self, token: str) -> Payment | None:
        found = self._read(token)
        return found[0] if found else None

    def change(self, token: str, change: Change, request: Request | None = None) -> bool:
        """Make the change. Return whether it was made; with a request, the first answer to that request."""
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._wait(attempt)
            if request is not None and (answer := self._first_answer(request)) is not None:
                return answer
            found = self._read(token)
            changed = change(found[0]) if found else None
            writes: list[Any] = []
            if found and changed:
                writes.append({"Put": self._replacement(changed, found[1])})
            if request is not None:
                writes.append({"Put": self._answer(request, {"ok": changed is not None})})
            if self._write(writes):
                return changed is not None
        raise Busy("too many concurrent changes of this payment; send the same request again")

    def find_many(self, tokens: Collection[str]) -> list[Payment]:
        """The payments that exist, of at most 100 tokens, as of now."""
        keys: Any = [{"paymentToken": token} for token in dict.fromkeys(tokens)]
        found: list[Payment] = []
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._wait(attempt)
            request: Any = {self._payments: {"Keys": keys, "ConsistentRead": True}}
            with aws_failures():
                answer: Any = self._client.batch_get_item(RequestItems=request)
            found += [
                as_of(payment_from_item(item), self._now()) for item in answer["Responses"].get(self._payments, [])
            ]
            keys = answer.get("UnprocessedKeys", {}).get(self._payments, {}).get("Keys", [])
            if not keys:
                return found
        raise Busy("the ledger is busy; send the same request again")

    def holds(self, after: str) -> Page:
        """One page of the payments that are held, oldest first. `after` of a page is where the next one begins."""
        now = self._now()
        oldest = timestamp(now - timedelta(days=LONGEST_HOLD_DAYS))  # older holds have expired
        answers = [self._holds_of(partition, max(after, oldest)) for partition in partitions()]
        # Behind the end of a page, a partition may have more.
        ends = [answer["Items"][-1]["since"] for answer in answers if "LastEvaluatedKey" in answer]
        items = sorted((item for answer in answers for item in answer["Items"]), key=lambda item: str(item["since"]))
        complete = [item for item in items if not ends or item["since"] <= min(ends)]
        page = complete[:PAGE]
        payments = [as_of(payment_from_item(item), now) for item in page]
        return Page(
            [each for each in payments if each.status is Status.HELD],
            page[-1]["since"] if ends or len(items) > len(page) else None,
        )

    def _holds_of(self, partition: str, after: str) -> Any:
        with aws_failures():
            return self._client.query(
                TableName=self._payments,
                IndexName="holds",
                KeyConditionExpression="held = :held AND since > :after",
                ExpressionAttributeValues={":held": partition, ":after": after},
                Limit=PAGE,
            )

    def _read(self, token: str) -> tuple[Payment, Any] | None:
        """The payment as of now, and its revision; None for a row that was written by hand without one."""
        item = self._get(self._payments, {"paymentToken": token})
        if item is None:
            return None
        return as_of(payment_from_item(item), self._now()), item.get("revision")

    def _replacement(self, payment: Payment, revision: Any) -> dict[str, Any]:
        following = int(revision) + 1 if isinstance(revision, Decimal) else 1
        write = {"TableName": self._payments, "Item": item_from_payment(payment, following)}
        if revision is None:
            return {**write, "ConditionExpression": "attribute_not_exists(revision)"}
        return {
            **write,
            "ConditionExpression": "revision = :read",
            "ExpressionAttributeValues": {":read": revision},
        }

    def _first_answer(self, request: Request) -> bool | None:
        item = self._key_item(request)
        if item is None:
            return None
        return bool(item["ok"])

    def _key_item(self, request: Request) -> Any:
        """The key with its first answer, None without one. Raises KeyReused when it is of another request."""
        item = self._get(self._keys, {"idempotencyKey": request.key})
        if item is None:
            return None
        if item["request"] != request.fingerprint:
            raise KeyReused("Idempotency-Key: this key was used for another request; send a new one")
        return item

    def _get(self, table: str, key: dict[str, Any]) -> Any:
        """The item, None when there is none. Always read consistently: a stale item would repeat a change."""
        with aws_failures():
            return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def _answer(self, request: Request, answer: dict[str, Any]) -> dict[str, Any]:
        forget_at = int((self._now() + timedelta(days=KEY_DAYS)).timestamp())
        return {
            "TableName": self._keys,
            "Item": {
                "idempotencyKey": request.key,
                "request": request.fingerprint,
                **answer,
                "forgetAt": forget_at,
            },
            "ConditionExpression": "attribute_not_exists(idempotencyKey)",
        }

    def _write(self, writes: list[Any]) -> bool:
        """Write all of them or none. False after a conflict."""
        try:
            with aws_failures():
                if len(writes) == 1:
                    self._client.put_item(**writes[0]["Put"])
                elif writes:
                    self._client.transact_write_items(TransactItems=writes)
        except Conflict:
            return False
        return True
