"""Attempts of boto3 calls without requests: results, errors, waits and quotas are those of botocore's own way."""

from tools.tests.sim.conftest import Simulate

# Plays each script of answers to botocore's own method and to the simulator's.
BOTH = """
import json
import boto3, botocore.client
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

botocores = botocore.client.BaseClient._make_api_call
from tools.sim import aws_seam
from tools.sim.aws_attempts import Answer
aws_seam.install()
simulators = botocore.client.BaseClient._make_api_call

def error(code, status=400, **more):
    return status, {"__type": f"com.amazonaws#{code}", "message": "no", **more}

TIMEOUT = ReadTimeoutError(endpoint_url="dynamodb")
ITEM = {"Item": {"id": {"S": "a"}, "units": {"N": "2"}}}
UNITS = {"ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 2.0}]}
GOOD, THROTTLED = (200, UNITS), error("ThrottlingException")
REASONS = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "no", **ITEM}]
SCRIPTS = [
    [GOOD], [THROTTLED, GOOD], [THROTTLED] * 3, [TIMEOUT, GOOD], [TIMEOUT, TIMEOUT, THROTTLED],
    [error("InternalServerError", 500), GOOD], [error("ConditionalCheckFailedException", **ITEM)],
    [error("TransactionCanceledException", CancellationReasons=REASONS)], [ValueError("of a handler")],
    [error("TransactionInProgressException"), TIMEOUT, GOOD],
]

class World:
    def __init__(self, script, as_bytes):
        self.script, self.as_bytes, self.waits, self.tokens = list(script), as_bytes, [], []
    def sleep(self, seconds):
        self.waits.append(seconds)
    def random(self):
        return 0.25
    def aws_request(self, service, operation, request):
        sent = json.loads(request.body) if self.as_bytes else request.document
        self.tokens.append(sent.get("ClientRequestToken"))
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        status, document = step
        if status < 300 and not self.as_bytes:
            return Answer(document)
        headers = {"content-type": "application/x-amz-json-1.0"}
        return aws_seam.answer("https://aws.simulated/", status, headers, json.dumps(document).encode())

def play(script, method, as_bytes):
    world = World(script, as_bytes)
    aws_seam.use(world)
    botocore.client.BaseClient._make_api_call = method
    settings = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = boto3.client("dynamodb", config=settings)
    outcomes = []
    for again in range(2):  # the second call is a good one: it gives capacity of the quota back
        try:
            key = {"Key": {"id": {"S": "a"}}, "TableName": "t"}
            found = client.transact_write_items(TransactItems=[{"Delete": key}])
            outcomes.append({**found, "ResponseMetadata": found["ResponseMetadata"]["RetryAttempts"]})
        except ClientError as refused:
            metadata = refused.response["ResponseMetadata"]
            left = {name: metadata.get(name) for name in ("HTTPStatusCode", "RetryAttempts", "MaxAttemptsReached")}
            outcomes.append((type(refused).__name__, {**refused.response, "ResponseMetadata": left}))
        except Exception as failed:
            outcomes.append((type(failed).__name__, str(failed)))
        outcomes.append(quota_of(client))
        world.script = [GOOD]
    assert len(set(world.tokens[:-1])) == 1 and world.tokens[0], world.tokens
    return outcomes, world.waits, len(world.tokens)

def quota_of(client):
    (handler,) = [
        each for each in client.meta.events._emitter._handlers.prefix_search("after-call.dynamodb")
        if "release_retry_quota" in repr(each)
    ]
    return handler.__self__._quota.available_capacity

for number, script in enumerate(SCRIPTS):
    real, ours = play(script, botocores, True), play(script, simulators, False)
    assert real == ours, f"script {number}:\\n{real}\\n{ours}"
    print(number, len(real[1]), real[2])
"""


def test_calls_end_as_botocore_ends_them(simulate: Simulate) -> None:
    done = simulate(code=BOTH)
    assert done.returncode == 0, done.stdout + done.stderr
    waits = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert len(waits) == 10
    assert waits == [0, 1, 2, 1, 2, 1, 0, 0, 0, 2]
