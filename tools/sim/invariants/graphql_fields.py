"""A1: every field of the GraphQL schema has a resolver, and who may use a field may read all of its answer. E1: what is
published reaches subscribers, whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.invariants.routes import CALLERS
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.world import World

# The fields of services whose functions do not run here.
OF_LEFT_OUT = {
    "searchProducts": "search",
    "getPictures": "pictures",
    "createPictureUpload": "pictures",
    "deletePicture": "pictures",
}
# The fields without a function: AppSync passes their argument on to subscribers.
PASSED_ON = frozenset({"publishOrderChange", "publishAvailability"})
# Subscriptions open to every caller: no resolver has to authorise them.
OF_EVERYBODY = frozenset({"onAvailabilityChanged"})


def a1_fields_have_resolvers(world: "World") -> Iterator[Violation]:
    blueprint = world.blueprint
    for field in sorted(PASSED_ON - blueprint.local_fields):
        yield Violation("E1", f"{field} does not pass its argument on to subscribers")
    for field, service in OF_LEFT_OUT.items():
        if blueprint.left_out_fields.get(field) != service:
            yield Violation("A1", f"{field} is not resolved by a function of {service}")
    known = {*blueprint.resolvers, *blueprint.left_out_fields, *blueprint.local_fields, *OF_EVERYBODY}
    for name in sorted(world.graphql.fields()):
        if name.split(".")[1] not in known:
            yield Violation("A1", f"{name} has no resolver")


def a1_answers_are_whole(world: "World") -> Iterator[Violation]:
    for name in sorted(world.graphql.fields()):
        root, field = name.split(".")
        for caller, identity in CALLERS.items():
            if world.graphql.may_use(root, field, identity) and (null := world.graphql.null_for(root, field, identity)):
                yield Violation("A1", f"{name} is open to the caller {caller}, who may not read {', '.join(null)}")
    for mutation, null in world.graphql.null_for_publishers():
        if null:
            yield Violation("E1", f"subscribers of {mutation} do not get {', '.join(null)}")
