"""Faults of one call of a function to AWS or over HTTP."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from ecom.aws import CONNECT_SECONDS, DYNAMODB_READ_SECONDS
from tools.sim.calls import Answered, Call, error_answer, json_answer
from tools.sim.dynamodb.requests import cancelled
from tools.sim.faults.base import Fault
from tools.sim.scheduler import Died

if TYPE_CHECKING:
    from tools.sim.world import World

Act = Callable[["World", Call], None]
# The time limit of most clients for an answer, by default in `ecom.aws.client`.
READ_SECONDS = 5.0
GOES_ON_SECONDS = 10.0  # longer than all attempts of the SDK take


class CallFault(Fault):
    """A fault before a call reaches its destination, or after it did. `act` raises what the caller sees."""

    phase = "before"

    def applies(self, call: Call) -> bool:
        """Whether the fault is possible for calls of this kind, service and operation."""
        raise NotImplementedError

    def act(self, world: "World", call: Call) -> None:
        raise NotImplementedError


class _OfDynamoDB(CallFault):
    def applies(self, call: Call) -> bool:
        return call.service == "dynamodb"


class DynamoDBThrottles(_OfDynamoDB):
    def act(self, world: "World", call: Call) -> None:
        raise Answered(error_answer("ProvisionedThroughputExceededException", "The level of throughput was exceeded"))


class DynamoDBFails(_OfDynamoDB):
    def act(self, world: "World", call: Call) -> None:
        raise Answered(error_answer("InternalServerError", "Internal server error", 500))


class DynamoDBConflict(_OfDynamoDB):
    """Another transaction holds one of the items."""

    def applies(self, call: Call) -> bool:
        return call.operation in ("TransactWriteItems", "TransactGetItems")

    def act(self, world: "World", call: Call) -> None:
        count = len(call.request["TransactItems"])
        place = world.decisions.integer(0, count - 1, f"{call.name}/conflict")
        refused = cancelled(["TransactionConflict" if number == place else "None" for number in range(count)])
        raise Answered(error_answer(refused.code, refused.text, 400, refused.more))


class DynamoDBTimeout(_OfDynamoDB):
    def act(self, world: "World", call: Call) -> None:
        world.scheduler.sleep(DYNAMODB_READ_SECONDS)
        raise ReadTimeoutError(endpoint_url="dynamodb")


class DynamoDBLostAnswer(_OfDynamoDB):
    phase = "after"

    def act(self, world: "World", call: Call) -> None:
        world.scheduler.sleep(DYNAMODB_READ_SECONDS)
        raise ReadTimeoutError(endpoint_url="dynamodb")


class TransactionGoesOn(DynamoDBLostAnswer):
    """The SDK repeats a transaction without an answer, while DynamoDB still works on it. In the end it is done."""

    def applies(self, call: Call) -> bool:
        return call.operation == "TransactWriteItems"

    def act(self, world: "World", call: Call) -> None:
        world.store.stay_unfinished(call.request["ClientRequestToken"], GOES_ON_SECONDS)
        super().act(world, call)


class BatchLeftOver(_OfDynamoDB):
    """BatchGetItem leaves half of the keys unprocessed."""

    phase = "after"

    def applies(self, call: Call) -> bool:
        return call.operation == "BatchGetItem"

    def act(self, world: "World", call: Call) -> None:
        left = {}
        asked = {}
        for table, wanted in call.request["RequestItems"].items():
            half = len(wanted["Keys"]) // 2
            asked[table] = {**wanted, "Keys": wanted["Keys"][:half]}
            left[table] = {**wanted, "Keys": wanted["Keys"][half:]}
        some = {table: wanted for table, wanted in asked.items() if wanted["Keys"]}
        found = world.store.handle("BatchGetItem", {"RequestItems": some})["Responses"] if some else {}
        raise Answered(json_answer({"Responses": found, "UnprocessedKeys": left}))


class TableThrottled(_OfDynamoDB):
    """One table refuses everything for five minutes."""

    def act(self, world: "World", call: Call) -> None:
        raise Answered(error_answer("ThrottlingException", "The table is throttled"))


class AwsFails(CallFault):
    """Another service of AWS answers 500, or is not reached."""

    def applies(self, call: Call) -> bool:
        return call.kind == "aws" and call.service != "dynamodb"

    def act(self, world: "World", call: Call) -> None:
        if world.decisions.happens(0.5, f"{call.name}/connects"):
            raise Answered(error_answer("InternalFailure", "Internal failure", 500))
        world.scheduler.sleep(CONNECT_SECONDS)
        raise ConnectTimeoutError(endpoint_url=call.service)


class AwsLostAnswer(CallFault):
    phase = "after"

    def applies(self, call: Call) -> bool:
        return call.kind == "aws" and call.service != "dynamodb"

    def act(self, world: "World", call: Call) -> None:
        world.scheduler.sleep(READ_SECONDS)
        raise ReadTimeoutError(endpoint_url=call.service)


class AwsFailsAfter(AwsLostAnswer):
    """AWS does what it is asked for, and answers 500."""

    def act(self, world: "World", call: Call) -> None:
        raise Answered(error_answer("InternalFailure", "Internal failure", 500))


class StatesThrottle(CallFault):
    def applies(self, call: Call) -> bool:
        return call.service == "sfn"

    def act(self, world: "World", call: Call) -> None:
        raise Answered(error_answer("ThrottlingException", "Rate exceeded"))


class PutEventsPartly(CallFault):
    """EventBridge refuses some entries of PutEvents: `FailedEntryCount`."""

    def applies(self, call: Call) -> bool:
        return call.operation == "PutEvents"

    def act(self, world: "World", call: Call) -> None:
        entries = call.request["Entries"]
        call.facts["refused entries"] = {
            place for place in range(len(entries)) if world.decisions.happens(0.5, f"{call.name}/entry {place}")
        } or {0}


class CrashBefore(CallFault):
    def applies(self, call: Call) -> bool:
        return True

    def act(self, world: "World", call: Call) -> None:
        if call.environment is not None:
            world.functions.crash(call.environment)
        raise Died


class CrashAfter(CrashBefore):
    phase = "after"


# --- over HTTP ---


class _OverHttp(CallFault):
    to_provider = False

    def applies(self, call: Call) -> bool:
        return call.kind == "http" and (call.service == "payment-3p") is self.to_provider


def _reply(status: int, text: str) -> Answered:
    return Answered((status, f'{{"message": "{text}"}}'.encode()))


class RestRefused(_OverHttp):
    def act(self, world: "World", call: Call) -> None:
        raise _reply(403, "Forbidden")


class RestThrottled(_OverHttp):
    def act(self, world: "World", call: Call) -> None:
        raise _reply(429, "Too Many Requests")


class RestFails(_OverHttp):
    def act(self, world: "World", call: Call) -> None:
        raise _reply(503, "Service Unavailable")


class GraphqlErrors(_OverHttp):
    """AppSync answers with errors, and the status 200."""

    def applies(self, call: Call) -> bool:
        return call.service == "frontend-api"

    def act(self, world: "World", call: Call) -> None:
        raise Answered((200, b'{"data": null, "errors": [{"errorType": "InternalFailure", "message": "failed"}]}'))


class RestFailsAfter(_OverHttp):
    phase = "after"

    def act(self, world: "World", call: Call) -> None:
        raise _reply(502, "Internal server error")


class RestNoConnection(_OverHttp):
    def act(self, world: "World", call: Call) -> None:
        raise urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # no real connection


class RestLostAnswer(_OverHttp):
    phase = "after"

    def act(self, world: "World", call: Call) -> None:
        raise urllib3.exceptions.ProtocolError("the connection was closed")


class RestSlow(_OverHttp):
    """The answer comes so late that the caller has given up."""

    phase = "after"

    def act(self, world: "World", call: Call) -> None:
        world.scheduler.sleep(world.decisions.between(1.0, 20.0, f"{call.name}/slow"))


class ApiDown(CallFault):
    """A whole API, of a service or of the provider, answers 503 for a minute."""

    def applies(self, call: Call) -> bool:
        return call.kind == "http"

    def act(self, world: "World", call: Call) -> None:
        raise _reply(503, "Service Unavailable")


class ProviderFails(RestFails):
    to_provider = True


class ProviderLostAnswer(RestLostAnswer):
    to_provider = True


class ProviderSlow(RestSlow):
    to_provider = True


class ProviderThrottles(RestThrottled):
    to_provider = True


class ProviderTwice(_OverHttp):
    """The network delivers the request twice; the caller sees the second answer."""

    to_provider = True

    def act(self, world: "World", call: Call) -> None:
        call.facts["twice"] = True


def before_and_after(faults: list[Any]) -> tuple[list[CallFault], list[CallFault]]:
    of_calls = [fault for fault in faults if isinstance(fault, CallFault)]
    return [one for one in of_calls if one.phase == "before"], [one for one in of_calls if one.phase == "after"]
