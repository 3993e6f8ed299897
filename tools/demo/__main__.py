"""`make demo`: a shopper buys, a clerk packs and delivers, on the running local cloud; the terminal tells the story."""

import argparse
import os
import sys
import uuid

from botocore.exceptions import BotoCoreError, ClientError

from tools.documents import ROOT

sys.path.insert(1, str(ROOT / "shared" / "src"))  # `ecom` and its test kit are no installed packages

from ecom_testkit.outside import Platform
from ecom_testkit.polling import NeverHappened
from tools import demo_data
from tools.demo.bus import listening
from tools.demo.journeys import StoryEnded, buy, deliver, pack
from tools.demo.people import cast
from tools.demo.story import Story
from tools.local.client import Cloud
from tools.local.home import Home, LocalCloudError

NEXT = """
What to look at next
  the order with its history    .venv/bin/python -m tools.ask --as shopper \\
                                  '{{ getOrder(orderId: "{order}") {{ status history {{ at status cause }} }} }}'
  what a function logged        .venv/bin/python -m tools.logs orders-create-order
  who reacts to which event     docs/getting_started.md, and the README of each service
"""


def main(argv: list[str]) -> int:
    argparse.ArgumentParser(prog="make demo", description=__doc__).parse_args(argv)
    try:
        cloud = Cloud(Home.from_environment())
        demo_data.seed(cloud)
        # What the test kit finds the platform by; nothing of the user's own account is looked at.
        os.environ.update(cloud.environment)
        order_id = play(cloud)
    except (LocalCloudError, StoryEnded, NeverHappened, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    sys.stdout.write(NEXT.format(order=order_id))
    return 0


def play(cloud: Cloud) -> str:
    platform = Platform.from_environment()
    people, story = cast(cloud, platform), Story()
    with listening(platform, story):
        order = buy(people, story)
        pack(people, story, order)
        deliver(people, story, order)
    return str(uuid.UUID(order["orderId"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
