"""The services whose deployment would change nothing, found in one process.

`make deploy` starts a process for each of the others. A process takes a second of a processor, mostly for imports.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from tools.deploy.deploy import is_up_to_date
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service, deploy_order

INCLUDE = "include ../shared/make/service.mk"
# make prefers these to `Makefile`.
OTHER_MAKEFILES = ("GNUmakefile", "makefile")
AT_ONCE = 4  # comparisons: most of the time they wait for answers


def unchanged(services: Mapping[str, Service], target: Target) -> Iterator[str]:
    """Names in the order of dependencies. All that an unchanged service needs is unchanged too: else the deployment of
    what it needs might change the values that it takes.

    A service that cannot be compared is left out, so its deployment reports the reason.
    """
    found: set[str] = set()
    target.make_clients()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for group in deploy_order(services):
            compared = [name for name in group if _can_be_compared(services[name], found)]
            results = pool.map(lambda name: _is_unchanged(services[name], target), compared)
            for name, is_unchanged in zip(compared, results, strict=True):
                if is_unchanged:
                    found.add(name)
                    yield name


def _can_be_compared(service: Service, found: AbstractSet[str]) -> bool:
    return found >= set(service.dependencies) and has_common_verbs(service)


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
