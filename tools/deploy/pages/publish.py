"""Build the pages of a service and bring them to its CDN."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tools.deploy.pages.files import files_of
from tools.deploy.pages.upload import SiteBucket, Uploaded
from tools.explore.storefront_config import storefront_config
from tools.local.console.build import node_place
from tools.local.home import Home
from tools.local.web.build import Build, BuildFailed, Progress, digest
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service

UP_TO_DATE = "up to date"
NAMES = ("bucket/name", "distribution/id", "url")
# A shell may hold credentials of AWS. Packages of npm have no use for them.
_NOT_FOR_NPM = ("AWS_", "ECOM_", "MAKE", "MFLAGS")


def build_of(service: Service, environ: Mapping[str, str] = os.environ) -> Build:
    """The build of the service's pages, in its folder `build/`."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_NOT_FOR_NPM)}
    return Build(service.build / "web", kept, sources_of(service), node_place(Home.from_environment(environ).folder))


def sources_of(service: Service) -> Path:
    if service.pages is None:
        raise Problem(f"{service.name} has no pages: its metadata.yaml has no key `pages`")
    return service.pages


def built(service: Service) -> tuple[Path, str]:
    """The folder of the built pages, and what was done. Raises a Problem that says why they cannot be built."""
    build, started = build_of(service), time.monotonic()
    ready = build.bundle()
    if ready is not None:
        return ready, UP_TO_DATE
    try:
        bundle = build.make(Progress())
    except BuildFailed as failure:
        raise Problem(f"the pages of {service.name} are not built: {failure}") from None
    return bundle, f"built in {time.monotonic() - started:.0f} s"


def version_of(service: Service) -> str:
    """The version of the sources."""
    return digest(sources_of(service))


def publish(service: Service, target: Target) -> str:
    """Build and upload the pages of a deployed service. Returns what was done, for the user."""
    bundle, building = built(service)
    places = places_of(service, target)
    uploaded = upload(bundle, places, target)
    done = building if building == UP_TO_DATE and not uploaded.written else f"{building}, {uploaded}"
    return f"pages {done} at {places['url']}"


def upload(bundle: Path, places: Mapping[str, str], target: Target) -> Uploaded:
    """Upload what changed, with the configuration of the environment, and invalidate the CDN's copies of it."""
    files = files_of(bundle, storefront_config(target).as_json())
    done = SiteBucket(target.s3, places["bucket/name"]).upload(files, datetime.now(UTC))
    if done.stale:
        target.client("cloudfront").create_invalidation(
            DistributionId=places["distribution/id"],
            InvalidationBatch={
                "Paths": {"Quantity": len(done.stale), "Items": done.stale},
                "CallerReference": f"pages-{time.time_ns()}",
            },
        )
    return done


def places_of(service: Service, target: Target) -> dict[str, str]:
    """Where the pages go. Raises a Problem when the stack is not there."""
    prefix = f"/ecommerce/{target.environment.name}/{service.name}/"
    found = target.parameters([prefix + name for name in NAMES])
    if len(found) != len(NAMES):
        command = target.environment.command("deploy", service.name)
        raise Problem(f"{service.name} is not deployed to {target.environment.name}: {command}")
    return {name: found[prefix + name] for name in NAMES}


def address_of(service: Service, target: Target) -> str | None:
    """Where the pages are served; None when the service is not deployed."""
    name = f"/ecommerce/{target.environment.name}/{service.name}/url"
    return target.parameters([name]).get(name)
