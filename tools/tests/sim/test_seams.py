"""What AWS does between functions when a template lacks something: it drops events, does not read queues and streams,
and refuses GraphQL fields. Each is noted, so that a promise breaks."""

from tools.tests.sim.conftest import Simulate

WORLD = """
from dataclasses import replace
from tools import ROOT
from tools.sim import aws_seam, lambda_service
from tools.sim.decisions import Decisions
from tools.sim.faults.base import FaultDecisions
from tools.sim.appsync import GraphQLError
from tools.sim.scheduler import NoTask
from tools.sim.templates.blueprint import Role
from tools.sim.templates.reading import blueprint
from tools.sim.world import World

made = blueprint(ROOT)
aws_seam.install()

def begin():
    world = World(made)
    aws_seam.use(world)
    world.begin(Decisions(1), FaultDecisions(Decisions(1), {}))
    return world
"""

DROPPED = """
rule = next(each for each in made.rules if each.arn.endswith("delivery-PackageCreatedRule"))
(target,) = rule.targets
queue = made.queues[target["Arn"]]
assert "DeadLetterConfig" in target

def losses(has_dead_letters, may_send):
    kept = target if has_dead_letters else {key: part for key, part in target.items() if key != "DeadLetterConfig"}
    made.rules[:] = [replace(rule, targets=(kept,))]
    made.queues[queue.arn] = queue if may_send else replace(queue, policies=())
    world = begin()
    world.bus.put(rule.bus, "ecommerce.warehouse", "PackageCreated", "{}", [], "a test")
    world.run(world.now() + 10)
    assert world.consumed, "the rule does not take the event"
    return world.losses

assert losses(True, True) == losses(False, True) == losses(True, False) == []
(loss,) = losses(False, False)
assert "dropped PackageCreated: its target has no dead-letter queue" in loss, loss
"""

GIVEN_UP = """
from tools.local.delivery.model import Message
from tools.sim.templates.arns import NOWHERE

world = begin()
function = next(iter(made.functions))
lambda_service.send_as_function(world, Message(NOWHERE, "{}", source=function))
assert world.losses == [f"{function} was given up, and has no destination for what failed"], world.losses
"""

NOT_READ = """
def read(service, kind):
    world = begin()
    source = next(each for each in made.sources if f"{service}-" in each.id and f":{kind}:" in each.source_arn)
    assert lambda_service.may_read(world, source) and not world.denials
    function = world.functions.of(source.function_arn)
    made.functions[function.arn] = replace(function, role=Role(function.role.arn, ()))
    world = begin()
    assert not lambda_service.may_read(world, source)
    return [text.partition(": ")[2] for text in world.denials]

of_queue, of_stream = read("orders", "sqs"), read("warehouse", "dynamodb")
assert "sqs:ReceiveMessage, which its event source needs" in of_queue, of_queue
assert "dynamodb:GetRecords, which its event source needs" in of_stream, of_stream
"""

UNAUTHORIZED = """
world = begin()

def asked_by(field, *groups):
    try:
        world.graphql.resolve(field, {}, {"sub": "u-1", "groups": [*groups]}, "a test")
    except GraphQLError as error:
        return error.type
    except NoTask:  # the function is asked, which waits for its answer
        return "asked"

assert asked_by("getOrdersByUser") == asked_by("getOrdersByUser", "warehouse") == "Unauthorized"
assert asked_by("getOrdersByUser", "admin") == asked_by("getOrders") == "asked"
"""

LARGE = """
from tools.sim.calls import Call

world = begin()

def put(length):
    entry = {"Source": "a", "DetailType": "b", "Detail": "{}", "Resources": ["r" * length]}
    return world.aws.answer(Call("aws", "a test", "eventbridge", "PutEvents", "", None, {"Entries": [entry]}))

most = 1024 * 1024 - len("ab{}")
assert getattr(put(most), "status_code", 200) == 200
refused = put(most + 1)
assert refused.status_code == 400 and b"Total size of the entries" in refused.content, refused
"""


def passes(simulate: Simulate, code: str) -> None:
    done = simulate(code=WORLD + code)
    assert done.returncode == 0, done.stderr


def test_an_event_that_a_rule_drops_without_a_dead_letter_queue_is_lost(simulate: Simulate) -> None:
    passes(simulate, DROPPED)


def test_what_lambda_gives_up_without_a_destination_is_lost(simulate: Simulate) -> None:
    passes(simulate, GIVEN_UP)


def test_an_event_source_is_read_with_the_rights_of_its_function(simulate: Simulate) -> None:
    passes(simulate, NOT_READ)


def test_a_field_is_for_the_groups_of_its_directive(simulate: Simulate) -> None:
    passes(simulate, UNAUTHORIZED)


def test_put_events_refuses_what_is_larger_than_eventbridge_takes(simulate: Simulate) -> None:
    passes(simulate, LARGE)
