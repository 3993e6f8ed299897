"""The services whose deployment would change nothing, found in one process.

`make deploy` starts a process for each of the others. A process takes a second of a processor, mostly for imports.
"""

from collections.abc import Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from tools.deploy.deploy import is_up_to_date
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service, deploy_order

INCLUDE = "include ../shared/make/service.mk"
# make prefers these to `Makefile`.
OTHER_MAKEFILES = ("GNUmakefile", "makefile")


def unchanged(services: Mapping[str, Service], target: Target) -> Iterator[str]:
    """Names in the order of dependencies. All that an unchanged service needs is unchanged too: else the deployment of
    what it needs might change the values that it takes.

    A service that cannot be compared is left out, so its deployment reports the reason.
    """
    found: set[str] = set()
    for name in (name for group in deploy_order(services) for name in group):
        service = services[name]
        if set(service.dependencies) <= found and has_common_verbs(service) and _is_unchanged(service, target):
            found.add(name)
            yield name


def has_common_verbs(service: Service) -> bool:
    """Has its Makefile nothing of its own? Otherwise `deploy` can be another command there."""
    makefile = service.folder / "Makefile"
    if not makefile.is_file() or any(path.name in OTHER_MAKEFILES for path in service.folder.iterdir()):
        return False
    lines = (line.strip() for line in makefile.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")] == [INCLUDE]


def _is_unchanged(service: Service, target: Target) -> bool:
    try:
        return is_up_to_date(service, target)
    except (Problem, ClientError, BotoCoreError, OSError):
        return False
