"""The services of AWS behind boto3: what each operation does in the simulated world."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tools.local.aws.eventbridge.entry_sizes import TOO_LARGE, are_too_large
from tools.local.aws.json_api import ApiError
from tools.sim import aws_seam
from tools.sim.aws_attempts import Response
from tools.sim.calls import Call, error_answer, json_answer
from tools.sim.dynamodb.requests import Refused
from tools.sim.not_simulated import NotSimulated
from tools.sim.rights import dynamodb_needs
from tools.sim.templates.arns import arn

if TYPE_CHECKING:
    from tools.sim.queues import SimulatedQueue
    from tools.sim.world import World

# Operation -> the member of its request that names the resource of the permission; "" where AWS has none.
STATES = {"StartExecution": "stateMachineArn", "SendTaskSuccess": ""}
URL = "https://aws.simulated/"
MOST_ENTRIES = 10  # of PutEvents


class Denied(Exception):
    """The role does not allow the action on the resource."""


class Aws:
    """All services. An operation that is not simulated raises with its name."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._handlers: Mapping[str, Callable[[Call], Response]] = {
            "dynamodb": self._dynamodb,
            "eventbridge": self._eventbridge,
            "sqs": self._sqs,
            "secrets-manager": self._secrets,
            "lambda": self._lambda,
            "s3": self._s3,
            "sesv2": self._ses,
            "cognito-identity-provider": self._cognito,
            "sfn": self._states,
        }
        self.objects: dict[tuple[str, str], str] = {}

    def call_of(self, name: str, service: str, operation: str, request: Any) -> Call:
        """Parse a request of botocore."""
        if service in ("lambda", "s3"):
            path = [unquote(part) for part in request.url.split("?")[0].split("/")[3:]]
            body: Any = {"path": path, "headers": dict(request.headers), "body": request.body, "url": request.url}
        elif service == "sesv2":
            body = json.loads(request.body)
        else:
            body = request.document
        place, *others = _places(service, body)
        return Call("aws", name, service, operation, place, None, body, others=tuple(others))

    def answer(self, call: Call) -> Response:
        try:
            return self._handlers[call.service](call)
        except Denied as denied:
            self._world.note_denied_call(call, str(denied))
            return error_answer("AccessDeniedException", f"{call.function} is not authorized: {denied}")

    def _need(self, call: Call, action: str, resource: str, **context: str) -> None:
        """Raise Denied unless the caller's role allows the action. An operator may do everything."""
        if call.environment is None:
            return
        if not self._world.rights.allows(call.environment.function.role, action, resource, **context):
            raise Denied(f"{action} on {resource}")

    # --- DynamoDB ---

    def _dynamodb(self, call: Call) -> Response:
        for action, table in dynamodb_needs(call.operation, call.request):
            self._need(call, f"dynamodb:{action}", arn("dynamodb", f"table/{table}"))
        try:
            return json_answer(self._world.store.handle(call.operation, call.request))
        except Refused as refused:
            self._world.count_refusal(call, refused)
            return error_answer(refused.code, refused.text, 400, refused.more)

    # --- EventBridge ---

    def _eventbridge(self, call: Call) -> Response:
        if call.operation != "PutEvents":
            raise NotSimulated(f"EventBridge's {call.operation} is not simulated")
        entries = call.request["Entries"]
        if len(entries) > MOST_ENTRIES:
            return error_answer(
                "ValidationException", f"Entries has {len(entries)} entries, the most are {MOST_ENTRIES}"
            )
        if are_too_large(entries):
            return error_answer("ValidationException", TOO_LARGE)
        for entry in entries:
            bus = arn("events", f"event-bus/{entry.get('EventBusName', 'default')}")
            self._need(call, "events:PutEvents", bus, events_source=entry["Source"])
        refused = call.facts.get("refused entries", set())
        answers = []
        for place, entry in enumerate(entries):
            if place in refused:
                answers.append({"ErrorCode": "InternalFailure", "ErrorMessage": "simulated"})
                continue
            own = self._world.bus.put(
                entry.get("EventBusName", "default"),
                entry["Source"],
                entry["DetailType"],
                entry["Detail"],
                entry.get("Resources", []),
                f"{call.name} {place}",
            )
            answers.append({"EventId": own})
        return json_answer({"FailedEntryCount": len(refused), "Entries": answers})

    # --- SQS ---

    def _queue(self, request: Mapping[str, Any]) -> "SimulatedQueue":
        return self._world.queue(request["QueueUrl"])

    def _sqs(self, call: Call) -> Response:
        request = call.request
        if call.operation == "GetQueueUrl":
            named = self._world.queue(arn("sqs", request["QueueName"])).queue
            self._need(call, "sqs:GetQueueUrl", named.arn)
            return json_answer({"QueueUrl": named.url})
        queue = self._queue(request)
        self._need(call, f"sqs:{call.operation}", queue.queue.arn)
        match call.operation:
            case "SendMessage":
                attributes = request.get("MessageAttributes") or {}
                delay = float(request.get("DelaySeconds") or 0)
                message = queue.send(request["MessageBody"], attributes, call.name, delay=delay)
                return json_answer({"MessageId": message.id, "MD5OfMessageBody": _md5(request["MessageBody"])})
            case "ChangeMessageVisibility":
                if not queue.hide(request["ReceiptHandle"], float(request["VisibilityTimeout"])):
                    return error_answer("InvalidParameterValue", "the message is not in flight")
                return json_answer({})
            case "DeleteMessage":
                queue.delete(request["ReceiptHandle"])
                return json_answer({})
            case "ReceiveMessage":
                hidden = float(request.get("VisibilityTimeout", queue.queue.visibility))
                found = queue.receive(int(request.get("MaxNumberOfMessages", 1)), hidden)
                return json_answer({"Messages": [_received(message) for message in found]})
            case "GetQueueAttributes":
                now = self._world.scheduler.now
                hidden_ones = sum(1 for message in queue.messages.values() if message.visible > now)
                return json_answer({"Attributes": {"ApproximateNumberOfMessagesNotVisible": str(hidden_ones)}})
        raise NotSimulated(f"SQS's {call.operation} is not simulated")

    # --- the others ---

    def _secrets(self, call: Call) -> Response:
        if call.operation != "GetSecretValue":
            raise NotSimulated(f"Secrets Manager's {call.operation} is not simulated")
        own = call.request["SecretId"]
        self._need(call, "secretsmanager:GetSecretValue", own)
        return json_answer({"ARN": own, "SecretString": self._world.blueprint.secrets[own]})

    def _lambda(self, call: Call) -> Response:
        if call.operation != "Invoke":
            raise NotSimulated(f"Lambda's {call.operation} is not simulated")
        name, kind = call.request["path"][2], call.request["headers"].get("X-Amz-Invocation-Type", "RequestResponse")
        self._need(call, "lambda:InvokeFunction", name)
        kind = kind.decode() if isinstance(kind, bytes) else kind
        event = json.loads(call.request["body"] or b"null")
        if kind == "Event":
            self._world.functions.invoke_later(name, event, call.name)
            return aws_seam.answer(URL, 202, {}, b"")
        outcome = self._world.functions.invoke(name, event, call.name)
        if outcome.throttled:
            return error_answer("TooManyRequestsException", "Rate exceeded", 429)
        headers = {"X-Amz-Function-Error": "Unhandled"} if outcome.failed else {}
        return aws_seam.answer(URL, 200, headers, json.dumps(outcome.payload).encode())

    def _states(self, call: Call) -> Response:
        if call.operation not in STATES:
            raise NotSimulated(f"Step Functions' {call.operation} is not simulated")
        member = STATES[call.operation]
        self._need(call, f"states:{call.operation}", call.request[member] if member else "*")
        try:
            return json_answer(self._world.state_machines.perform(call.operation, call.request))
        except ApiError as error:
            return error_answer(error.code, str(error))

    def _ses(self, call: Call) -> Response:
        if call.operation != "SendEmail":
            raise NotSimulated(f"SES's {call.operation} is not simulated")
        sender = call.request["FromEmailAddress"]
        identity = arn("ses", f"identity/{sender.rpartition('@')[2]}")
        self._need(call, "ses:SendEmail", identity, ses_fromaddress=sender)
        own = self._world.mailbox.send(self._world.now(), call.request)
        return aws_seam.answer(URL, 200, {"content-type": "application/json"}, json.dumps({"MessageId": own}).encode())

    def _cognito(self, call: Call) -> Response:
        if call.operation != "AdminGetUser":
            raise NotSimulated(f"Cognito's {call.operation} is not simulated")
        self._need(call, "cognito-idp:AdminGetUser", arn("cognito-idp", f"userpool/{call.request['UserPoolId']}"))
        own = call.request["Username"]
        return json_answer({"Username": own, "UserAttributes": self._world.mailbox.attributes_of(own)})

    def _s3(self, call: Call) -> Response:
        host = call.request["url"].split("/")[2]
        path = call.request["path"]
        bucket, key = (
            (path[0], "/".join(path[1:])) if host.startswith("s3.") else (host.split(".s3.")[0], "/".join(path))
        )
        if call.operation not in ("DeleteObject", "GetObject"):
            raise NotSimulated(f"S3's {call.operation} is not simulated")
        self._need(call, f"s3:{call.operation}", f"arn:aws:s3:::{bucket}/{key}")
        if call.operation == "DeleteObject":
            self.objects.pop((bucket, key), None)
            return aws_seam.answer(URL, 204, {}, b"")
        text = self.objects.get((bucket, key))
        if text is None:
            return aws_seam.answer(URL, 404, {}, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")
        return aws_seam.answer(URL, 200, {"content-length": str(len(text.encode()))}, text.encode())


def _places(service: str, request: Mapping[str, Any]) -> list[str]:
    """The tables, or the queue, that a request is about."""
    if service != "dynamodb":
        return [str(request.get("QueueUrl", "")).rpartition("/")[2]]
    if "TableName" in request:
        return [str(request["TableName"])]
    if "RequestItems" in request:
        return list(map(str, request["RequestItems"]))
    entries = [entry for each in request.get("TransactItems", ()) for entry in each.values()]
    return list(dict.fromkeys(str(entry["TableName"]) for entry in entries))


def _md5(text: str) -> str:
    import hashlib

    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _received(message: Any) -> dict[str, Any]:
    system = {
        "ApproximateReceiveCount": str(message.received),
        "SentTimestamp": str(int(message.sent * 1000)),
        **({"DeadLetterQueueSourceArn": message.source} if message.source else {}),
    }
    return {
        "MessageId": message.id,
        "ReceiptHandle": f"{message.id}#{message.receipt}",
        "Body": message.body,
        "MD5OfBody": _md5(message.body),
        "Attributes": system,
        "MessageAttributes": message.attributes,
    }
