"""U1: what the platform must refuse and no script asks for. Queues take no message of a rule of another account, and no
role reaches tables, queues, functions, APIs and secrets that are not the platform's. Read from the templates."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.aws_seam import ACCOUNT, REGION
from tools.sim.invariants.violation import Violation
from tools.sim.templates.arns import arn
from tools.sim.templates.blueprint import STACKS, Role

if TYPE_CHECKING:
    from tools.sim.world import World

FOREIGN_RULE = f"arn:aws:events:{REGION}:999999999999:rule/{STACKS}/another-accounts-rule"
# Actions on resources of our account that do not belong to the platform.
FOREIGN = (
    *((f"dynamodb:{name}", arn("dynamodb", "table/another")) for name in ("GetItem", "Scan", "PutItem", "DeleteItem")),
    ("sqs:SendMessage", arn("sqs", "another")),
    ("sqs:ReceiveMessage", arn("sqs", "another")),
    ("lambda:InvokeFunction", arn("lambda", "function:another")),
    ("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:another/prod/GET/orders"),
    ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:another")),
    ("ssm:GetParameter", arn("ssm", "parameter/another")),
    ("s3:GetObject", "arn:aws:s3:::another/a-key"),
    ("states:StartExecution", arn("states", "stateMachine:another")),
    ("events:PutEvents", arn("events", "event-bus/another")),
)


def u1_foreigners_are_refused(world: "World") -> Iterator[Violation]:
    """Each queue, of dead letters too."""
    for queue in world.blueprint.queues.values():
        if world.rights.queue_takes_from(queue, FOREIGN_RULE):
            yield Violation("U1", f"{queue.name} takes messages of a rule of another account")


def u1_roles_reach_the_platform_only(world: "World") -> Iterator[Violation]:
    """Each role of a function, of AppSync, API Gateway or a state machine, of the services that do not run here too."""
    for name, role in sorted(_roles(world).items()):
        for action, resource in FOREIGN:
            if world.rights.allows(role, action, resource):
                yield Violation("U1", f"{name} may {action} on {resource}")
        bus = arn("events", f"event-bus/{world.parameters['platform/event-bus/name']}")
        if world.rights.allows(role, "events:PutEvents", bus, events_source="ecommerce.another"):
            yield Violation("U1", f"{name} may publish events in the name of any service")
        if world.rights.allows(role, "ses:SendEmail", arn("ses", "identity/another"), ses_fromaddress="x@another"):
            yield Violation("U1", f"{name} may send mails from any address")


def _roles(world: "World") -> dict[str, Role]:
    blueprint = world.blueprint
    direct = {
        f"API Gateway's role of {route.method} {route.template}": route.integration.role
        for api in blueprint.apis.values()
        for route in api.routes
        if route.integration is not None
    }
    return {
        **direct,
        **blueprint.left_out_roles,
        **{function.name: function.role for function in blueprint.functions.values()},
        **{f"AppSync's role of {field}": resolver.role for field, resolver in blueprint.resolvers.items()},
        **{machine.name: machine.role for machine in blueprint.state_machines},
    }
