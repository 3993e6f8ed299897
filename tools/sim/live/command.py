"""The command of a live run: finds the local cloud, plays the plan, prints what happened, and removes what it made."""

import os
import sys
import uuid

from ecom_client.made import report_to
from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout
from ecom_testkit.made_by_tests import MadeByTests
from tools.local.client import Cloud, running_cloud
from tools.local.home import LocalCloudError
from tools.project.environments import chosen
from tools.project.problems import Problem
from tools.sim.live.run import lines_of, run_live
from tools.sim.plan import Plan


def local_cloud() -> Cloud:
    """Raises Problem for another environment: people of a run buy, set stock, and send dead letters back."""
    environment = chosen()
    if not environment.is_local:
        raise Problem(f"LIVE=1 runs on the local cloud only, not on {environment.name}: leave ENVIRONMENT out")
    return running_cloud()


def main(plan: Plan) -> int:
    try:
        os.environ.update(local_cloud().environment)
    except (LocalCloudError, Problem) as error:
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
