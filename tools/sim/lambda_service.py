"""What the Lambda service does around a function, with the rights of its role: it reads the event source, and sends
what failed to the function's destination."""

import json
from typing import TYPE_CHECKING

from tools.local.delivery.model import Message
from tools.sim.rights import mapping_needs
from tools.sim.templates.arns import NOWHERE
from tools.sim.templates.blueprint import Source

if TYPE_CHECKING:
    from tools.sim.world import World


def may_read(world: "World", source: Source) -> bool:
    """Whether the role of a mapping's function may read its queue or stream. AWS does not create the mapping of one
    that may not."""
    function = world.functions.of(source.function_arn)
    missing = [
        action for action, resource in mapping_needs(source) if not world.rights.allows(function.role, action, resource)
    ]
    for action in missing:
        world.note_denied(f"{function.name}: {action}, which its event source needs")
    return not missing


def send_as_function(world: "World", message: Message) -> None:
    """Send what Lambda sends to a function's destination, with the rights of its role."""
    if message.destination == NOWHERE:
        world.note_dropped(f"{message.source} was given up, and has no destination for what failed")
        return
    role = world.functions.of(message.source).role
    if ":sqs:" in message.destination:
        if not world.rights.allows(role, "sqs:SendMessage", message.destination):
            world.note_dropped(f"the role of {message.source} may not send to {message.destination}")
            return
        attributes = {
            name: {"DataType": kind, "StringValue": text} for name, (kind, text) in (message.attributes or {}).items()
        }
        world.queue(message.destination).send(message.body, attributes)
        return
    bucket = message.destination.removeprefix("arn:aws:s3:::")
    place = f"{message.destination}/{message.key}"
    if not (
        world.rights.allows(role, "s3:PutObject", place)
        and world.rights.allows(role, "s3:ListBucket", message.destination)
    ):
        world.note_dropped(f"the role of {message.source} may not write to {message.destination}")
        return
    world.aws.objects[bucket, message.key] = message.body
    if world.blueprint.buckets[bucket]:
        detail = json.dumps({"bucket": {"name": bucket}, "object": {"key": message.key}})
        world.bus.put("default", "aws.s3", "Object Created", detail, [], f"{bucket} {message.key}")
