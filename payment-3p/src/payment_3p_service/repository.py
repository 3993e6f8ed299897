"""The ledger: one item per payment, and one per idempotency key with the answer that was given first.

Guarantees: every change is one conditional write on the payment's revision, so two at once lose nothing; with a key,
the change and its answer are one transaction, so a repeat, even at the same moment, changes nothing and gets the first
answer.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payment_3p_service.domain import Move, Payment, Status, as_of, written
from payment_3p_service.errors import Busy, KeyReused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 12
PAGE = 100
KEY_DAYS = 90
LONGEST_HOLD_DAYS = 60  # HoldDays of the template is at most that
# Attribute of the item -> field of Payment.
NAMES = {
    "paymentToken": "token",
    "status": "status",
    "authorised": "authorised",
    "captured": "captured",
    "refunded": "refunded",
    "lastFour": "last_four",
    "createdAt": "created_at",
    "expiresAt": "expires_at",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked under an idempotency key, told from any other request."""

    key: str
    said: str


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
        self._client.put_item(
            TableName=self._payments,
            Item=_item(payment, revision=1),
            ConditionExpression="attribute_not_exists(paymentToken)",
        )

    def find(self, token: str) -> Payment | None:
        found = self._read(token)
        return found[0] if found else None

    def change(self, token: str, move: Move, request: Request | None = None) -> bool:
        """Make the move, and say whether it was made. With a request: the first answer to that request, ever."""
        for attempt in range(TRIES):
            if attempt:
                self._wait(attempt)
            if request is not None and (answer := self._answered(request)) is not None:
                return answer
            found = self._read(token)
            moved = move(found[0]) if found else None
            writes: list[Any] = []
            if found and moved:
                writes.append({"Put": self._replaced(moved, found[1])})
            if request is not None:
                writes.append({"Put": self._remembered(request, moved is not None)})
            if self._written(writes):
                return moved is not None
        raise Busy("this payment is being changed by others; send the same request again")

    def holds(self, after: str) -> Page:
        """Payments that are held, oldest first: the page after that place, and the place of the next."""
        now = self._now()
        oldest = written(now - timedelta(days=LONGEST_HOLD_DAYS))  # what is older has expired, whatever it says
        answer = self._client.query(
            TableName=self._payments,
            IndexName="holds",
            KeyConditionExpression="held = :held AND since > :after",
            ExpressionAttributeValues={":held": {"S": "HELD"}, ":after": {"S": max(after, oldest)}},
            Limit=PAGE,
        )
        payments = [as_of(_payment(item), now) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return Page([each for each in payments if each.status is Status.HELD], last["since"]["S"] if last else None)

    def _read(self, token: str) -> tuple[Payment, int] | None:
        """The payment as of now, and its revision."""
        answer = self._client.get_item(
            TableName=self._payments, Key={"paymentToken": {"S": token}}, ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        item = answer["Item"]
        return as_of(_payment(item), self._now()), int(item["revision"]["N"])

    def _replaced(self, payment: Payment, revision: int) -> dict[str, Any]:
        return {
            "TableName": self._payments,
            "Item": _item(payment, revision + 1),
            "ConditionExpression": "revision = :read",
            "ExpressionAttributeValues": {":read": {"N": str(revision)}},
        }

    def _answered(self, request: Request) -> bool | None:
        answer = self._client.get_item(
            TableName=self._keys, Key={"idempotencyKey": {"S": request.key}}, ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        if answer["Item"]["request"]["S"] != request.said:
            raise KeyReused("Idempotency-Key: this key was used for another request; take a new one")
        return answer["Item"]["ok"]["BOOL"]

    def _remembered(self, request: Request, ok: bool) -> dict[str, Any]:
        forget_at = int((self._now() + timedelta(days=KEY_DAYS)).timestamp())
        return {
            "TableName": self._keys,
            "Item": {
                "idempotencyKey": {"S": request.key},
                "request": {"S": request.said},
                "ok": {"BOOL": ok},
                "forgetAt": {"N": str(forget_at)},
            },
            "ConditionExpression": "attribute_not_exists(idempotencyKey)",
        }

    def _written(self, writes: list[Any]) -> bool:
        """Whether all of them are in the tables now; False when somebody was faster."""
        errors = self._client.exceptions
        try:
            if len(writes) == 1:
                self._client.put_item(**writes[0]["Put"])
            elif writes:
                self._client.transact_write_items(TransactItems=writes)
        except (
            errors.ConditionalCheckFailedException,
            errors.TransactionCanceledException,
            errors.TransactionConflictException,
        ):
            return False
        return True


def _item(payment: Payment, revision: int) -> dict[str, Any]:
    values = asdict(payment)
    item: dict[str, Any] = {
        name: {"N": str(values[field])} if isinstance(values[field], int) else {"S": str(values[field])}
        for name, field in NAMES.items()
    }
    item["revision"] = {"N": str(revision)}
    if payment.status is Status.HELD:  # the index has the holds, and nothing else
        item["held"] = {"S": "HELD"}
        item["since"] = {"S": f"{payment.created_at}~{payment.token}"}
    return item


def _payment(item: Any) -> Payment:
    def text(name: str) -> str:
        return str(item[name]["S"])

    def whole(name: str) -> int:
        return int(item[name]["N"])

    return Payment(
        token=text("paymentToken"),
        status=Status(text("status")),
        authorised=whole("authorised"),
        captured=whole("captured"),
        refunded=whole("refunded"),
        last_four=text("lastFour"),
        created_at=text("createdAt"),
        expires_at=text("expiresAt"),
    )
