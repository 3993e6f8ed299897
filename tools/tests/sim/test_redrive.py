"""The real redrive against the simulated queues: what each kind of dead letter needs of AWS."""

from tools.tests.sim.conftest import Simulate

LETTERS = """
import json
from tools.sim.forks import Runner
from tools.sim.faults.base import FaultDecisions
from tools.sim.redrive import redrive_all

world = Runner.of_tree().world
world.begin(world.decisions, FaultDecisions(world.decisions, {}))
queue = next(each for each in world.queues.values() if each.queue.name.startswith("ecommerce-dev-orders-DeadLetters"))
events = next(each for each in world.queues.values() if each.queue.name == "ecommerce-dev-orders-EventQueue")
function = "arn:aws:lambda:eu-west-1:000000000000:function:ecommerce-dev-orders-on-table-change:live"
item = {"orderId": {"S": "o-1"}}
record = {"eventID": "1", "eventName": "REMOVE", "dynamodb": {"Keys": item, "OldImage": item, "SequenceNumber": "1"}}

def text(value):
    return {"DataType": "String", "StringValue": value}

# records of a stream, in a bucket
batch = dict.fromkeys(("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber"), "x")
stored = {"requestContext": {"functionArn": function, "condition": "RetryAttemptsExhausted"},
          "DDBStreamBatchInfo": batch, "payload": json.dumps({"Records": [record]})}
world.aws.objects["bucket", "a/key"] = json.dumps(stored)
created = {"source": "aws.s3", "detail-type": "Object Created",
           "detail": {"bucket": {"name": "bucket"}, "object": {"key": "a/key"}}}
queue.send(json.dumps(created))
# one record that our own code gave up
queue.send(json.dumps(record), {"BACK_TO": text("ecommerce-dev-orders-on-table-change"), "ERROR_CODE": text("X")})
# an event that goes back to its queue; it is of an unknown kind, so it becomes a dead letter again
queue.send("{}", {"BACK_TO": text(events.queue.url), "ERROR_CODE": text("X")})

assert redrive_all(world, 1) == 3 == len(world.mailbox.sent_back)
world.run()
assert world.aws.objects == {}
left = [message.attributes["ERROR_CODE"]["StringValue"] for message in queue.messages.values()]
assert left == ["DEAD_LETTER"], left
"""


def test_every_kind_of_dead_letter_goes_back(simulate: Simulate) -> None:
    done = simulate(code=LETTERS)
    assert done.returncode == 0, done.stderr
