"""The shop's pages in Chromium: largest contentful paint, layout shift and bytes. Needs `make run` and a Chromium.

The phone has a quarter of this machine's processor and a slow mobile network (150 ms, 1.6 Mbit/s), which are the
assumptions of Lighthouse. Each load begins with an empty cache. Figures are medians. Times depend on the machine;
layout shift and bytes do not.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecom_client.browser import Page, find_browser, running_browser
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tools.local.client import running_cloud
from tools.local.home import LocalCloudError

LOADS = 5
QUIET_MS = 1_000
# The page "Web Vitals" of web.dev: what is called good.
GOOD_PAINT_MS, GOOD_SHIFT = 2_500, 0.1
SLOW_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
# What moves within half a second after a press is wanted, and Chromium marks it (hadRecentInput).
WATCH = """
window.vitals = { paint: 0, shift: 0, what: '' };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    window.vitals.paint = one.startTime;
    window.vitals.what = one.element ? one.element.tagName.toLowerCase() : '';
  }
}).observe({ type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.vitals.shift += one.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
# How long nothing has been loaded, and what was.
SEEN = """(() => {
  const loads = performance.getEntriesByType('resource');
  const last = Math.max(0, ...loads.map((one) => one.responseEnd));
  const bytes = loads.reduce((sum, one) => sum + one.transferSize, 0);
  return { ...window.vitals, bytes, quiet: document.readyState === 'complete' ? performance.now() - last : 0 };
})()"""


@dataclass(frozen=True)
class Device:
    name: str
    width: int
    height: int
    slower: int
    network: Mapping[str, Any] | None


DEVICES = (
    Device("phone", 390, 844, 4, SLOW_NETWORK),
    Device("desktop", 1280, 800, 1, None),
)


def main() -> int:
    program = find_browser()
    if program is None:
        sys.stderr.write("shop_pages: no Chromium is installed; on Debian: apt-get install chromium\n")
        return 2
    try:
        os.environ.update(running_cloud().environment)  # by which `ecom_client` finds the platform
    except LocalCloudError as error:
        sys.stderr.write(f"shop_pages: {error}; start it with `make run`\n")
        return 2
    platform = Platform.from_environment()
    shop = platform.parameter("storefront/url")
    print("| page | device | largest paint ms | what | layout shift | kB | |\n|---|---|---|---|---|---|---|")
    for device in DEVICES:
        for name, path in pages(platform).items():
            seen = [load(program, shop + path, device) for _ in range(LOADS)]
            print(row(name, device, seen), flush=True)
    return 0


def pages(platform: Platform) -> dict[str, str]:
    """Pages that a visitor may come to first."""
    found = platform.graphql(
        "query { getProducts { products { productId } } }", {}, key=platform.parameter("frontend-api/api/key")
    )
    product_id = found.body["data"]["getProducts"]["products"][0]["productId"]
    return {
        "home": "/",
        "list": "/products",
        "product": f"/product?id={product_id}",
        "cart": "/cart",
        "sign-in": "/sign-in",
    }


def load(program: str, url: str, device: Device) -> dict[str, Any]:
    """Load a page in a new browser, until nothing has been loaded for a second."""
    with tempfile.TemporaryDirectory() as folder, running_browser(program, Path(folder) / "profile") as page:
        as_device(page, device)
        page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        page.open(url)
        return poll(lambda: seen_on(page), lambda seen: seen["quiet"] > QUIET_MS and seen["paint"], 60, url)


def as_device(page: Page, device: Device) -> None:
    size = {"width": device.width, "height": device.height, "deviceScaleFactor": 2, "mobile": device.slower > 1}
    page.send("Emulation.setDeviceMetricsOverride", **size)
    page.send("Emulation.setCPUThrottlingRate", rate=device.slower)
    if device.network:
        page.send("Network.enable")
        page.send("Network.emulateNetworkConditions", **device.network)


def seen_on(page: Page) -> dict[str, Any]:
    if page.run("location.href") == "about:blank":
        return {"quiet": 0, "paint": 0}
    seen: dict[str, Any] = page.run(SEEN)
    return seen


def row(name: str, device: Device, seen: list[dict[str, Any]]) -> str:
    paint, shift, size = (statistics.median(one[key] for one in seen) for key in ("paint", "shift", "bytes"))
    what = statistics.mode(one["what"] for one in seen)
    is_good = paint <= GOOD_PAINT_MS and shift <= GOOD_SHIFT
    return (
        f"| {name} | {device.name} | {paint:,.0f} | {what} | {shift:.3f} | {size / 1000:,.0f} "
        f"| {'good' if is_good else 'not good'} |"
    )
