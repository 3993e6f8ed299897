"""A platform for one measurement, deployed from the real templates, with a shopper and staff."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecom_client.journey import Provider, Shopper, Staff
from ecom_client.people import temporary_user
from ecom_client.platform import Platform
from tools.local.client import Cloud, start_temporary


@dataclass(frozen=True)
class Live:
    cloud: Cloud
    platform: Platform
    shopper: Shopper
    staff: Staff
    provider: Provider


@contextmanager
def deployed_cloud() -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory() as folder, start_temporary(Path(folder)) as cloud:
        print("deploying ...", file=sys.stderr)
        env = {**os.environ, **cloud.environment, "ECOM_LOCAL_DIR": str(cloud.home.folder)}
        subprocess.run([sys.executable, "-m", "tools", "deploy"], env=env, check=True, stdout=subprocess.DEVNULL)
        yield cloud


@contextmanager
def live() -> Iterator[Live]:
    with ExitStack() as stack:
        cloud = stack.enter_context(deployed_cloud())
        os.environ.update(cloud.environment)  # `ecom_client` finds the platform by these variables
        platform = Platform.from_environment()
        shopper = stack.enter_context(temporary_user(platform))
        staff = stack.enter_context(temporary_user(platform, "warehouse", "delivery"))
        yield Live(cloud, platform, Shopper(platform, shopper), Staff(platform, staff), Provider(platform))


def milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def p50(times: Sequence[float]) -> float:
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def verdict(value: float, target: float) -> str:
    """Whether a value is at most the target, or by how much it misses it."""
    return "met" if value <= target else f"missed by {100 * (value / target - 1):.0f} %"
