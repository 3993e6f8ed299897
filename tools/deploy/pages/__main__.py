"""`python -m tools.deploy.pages build|publish|watch SERVICE`: the pages of a service.

`build` needs no cloud. `publish` builds and uploads to a deployed stack; `make deploy-<service>` does it too. `watch`,
`make dev-storefront`, publishes each change of the sources until Ctrl-C.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count

from tools.deploy.pages.publish import built, places_of, publish, version_of
from tools.project import services
from tools.project.aws import Target, readable, target
from tools.project.command import end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import Service

LOOK_SECONDS = 0.5


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy.pages", description=__doc__)
    parser.add_argument("verb", choices=("build", "publish", "watch"))
    parser.add_argument("service")
    asked = parser.parse_args(argv)
    try:
        service = services.one(asked.service)
        if asked.verb == "build":
            print(f"{service.name}: pages {built(service)[1]}", flush=True)
            return 0
        environment = chosen()
        with readable(environment):
            place = target(environment)
            if asked.verb == "publish":
                print(f"{service.name}: {publish(service, place)}", flush=True)
            else:
                watch(service, place)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


def watch(
    service: Service,
    place: Target,
    pause: Callable[[float], None] = time.sleep,
    rounds: int | None = None,
) -> None:
    """Publish each version of the sources. A version that cannot be built is reported, and the next one is tried."""
    address = places_of(service, place)["url"]
    print(
        f"{address} shows the pages of {service.name}; a change shows after some seconds. Ctrl-C ends",
        flush=True,
    )
    seen = ""
    for number in count(1):
        version = version_of(service)
        if version != seen:
            seen = version
            try:
                print(publish(service, place), flush=True)
            except Problem as problem:
                print(problem, flush=True)
        if number == rounds:
            return
        pause(LOOK_SECONDS)


if __name__ == "__main__":
    end(main)
