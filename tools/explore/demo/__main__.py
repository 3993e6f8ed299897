"""`make demo`: a shopper fills a cart and checks out, a clerk packs and delivers. Runs on the local cloud, and prints
each step and event."""

import os
import sys
import uuid
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from ecom_client.journey import Purchase, Refused
from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout
from tools.explore import demo_data
from tools.explore.demo import journeys
from tools.explore.demo.bus import listening
from tools.explore.demo.journeys import StoryEnded
from tools.explore.demo.people import Cast, cast
from tools.explore.demo.sent_back import returned
from tools.explore.demo.story import Story
from tools.local.client import Cloud, running_cloud
from tools.local.home import LocalCloudError
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem

NEXT = """
What to look at next
  the order with its history    .venv/bin/python -m tools.explore.ask --as shopper \\
                                  '{{ getOrder(orderId: "{order}") {{ status history {{ at status cause }} }} }}'
  each step, of all services    make timeline ORDER={order}, or /_local/console in a browser
  the mails to the shopper      make mail, or /_local/mail of the local cloud in a browser
  what functions logged         make logs (nothing, if all went well)
  who reacts to which event     docs/events.md, or /_local/events of the local cloud
"""

STORIES: dict[str, Callable[[Cast, Story], Purchase]] = {
    "": journeys.happy,
    "cancel": journeys.cancelled,
    "delivery": journeys.delivery_failed,
    "packaging": journeys.partly_packaged,
    "payment": journeys.provider_down,
    "return": returned,
}


def main(argv: list[str]) -> int:
    parser = Parser(prog="make demo", description=__doc__)
    stories = "; ".join(f"{name}: {(play.__doc__ or '').strip()}" for name, play in STORIES.items() if name)
    parser.add_argument("--fail", choices=[name for name in STORIES if name], default="", metavar="WHAT", help=stories)
    story = STORIES[parser.parse_args(argv).fail]
    try:
        cloud = local_cloud()
        demo_data.seed(cloud)
        # The variables by which `ecom_client` finds the platform. The user's AWS account is not used.
        os.environ.update(cloud.environment)
        order_id = play(cloud, story)
    except (Problem, LocalCloudError, StoryEnded, Refused, PollTimeout, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    sys.stdout.write(NEXT.format(order=order_id))
    return 0


def local_cloud() -> Cloud:
    environment = chosen()
    if not environment.is_local:
        raise Problem(f"the demo buys and pays: it runs on the local cloud only, not on {environment.name}")
    return running_cloud()


def play(cloud: Cloud, story_of: Callable[[Cast, Story], Purchase]) -> str:
    platform = Platform.from_environment()
    people, story = cast(cloud, platform), Story()
    with listening(platform, story):
        order = story_of(people, story)
    return str(uuid.UUID(order["orderId"]))


if __name__ == "__main__":
    end(main)
