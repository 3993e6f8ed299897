"""The command of a live run: finds the local cloud, plays the plan, prints what happened, and removes what it made."""

import os
import sys
import uuid

from ecom_client.made import report_to
from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout
from ecom_testkit.made_by_tests import MadeByTests
from tools.local.client import running_cloud
from tools.local.home import LocalCloudError
from tools.sim.live.run import lines_of, run_live
from tools.sim.plan import Plan


def main(plan: Plan) -> int:
    try:
        os.environ.update(running_cloud().environment)
    except LocalCloudError as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 2
    platform = Platform.from_environment()
    made = MadeByTests(platform)
    report_to(made)
    try:
        result = run_live(platform, plan, f"sim-{plan.seed}-{uuid.uuid4()}-p", lambda text: print(text, flush=True))
    except PollTimeout as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 1
    finally:
        print("what the run made is removed", flush=True)
        made.remove_all()
    print("\n".join(lines_of(result)))
    return 1 if result.violations else 0
