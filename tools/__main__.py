"""`python -m tools VERB [SERVICE]`: the verbs of the Makefile, for one service or, without a name, for all.

Exit code 0: success. 1: failure; the last line is the reason. 2: wrong use of the command.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tools.project import services
from tools.project.environments import Environment, chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import Service

Verb = Callable[[Service, Environment], str]
PAGES, LATER = "ECOM_PAGES", "later"


def _lint(service: Service, _: Environment) -> str:
    from tools.check.lint import lint

    return lint([service])


def _build(service: Service, environment: Environment) -> str:
    from tools.deploy.build import build

    done = build(service, environment)
    if service.pages is None:
        return done
    from tools.deploy.pages.publish import built

    return f"pages {built(service)[1]}"


def _package(service: Service, environment: Environment) -> str:
    from tools.deploy.bucket import Bucket
    from tools.deploy.build import build
    from tools.deploy.package import package
    from tools.project.aws import target

    bucket = Bucket(target(environment))
    build(service, environment)
    packaged = package(service, bucket)
    return f"{len(packaged.uploaded)} uploaded, template at {packaged.url}"


def _artifacts(service: Service, environment: Environment) -> str:
    from tools.deploy.artifacts import artifacts
    from tools.project.aws import target

    return artifacts(service, target(environment))


def _check_deps(service: Service, environment: Environment) -> str:
    from tools.deploy.check_deps import missing
    from tools.project.aws import target

    problems = missing(service, target(environment))
    if problems:
        raise Problem("; ".join(problems))
    return f"everything it needs is deployed to {environment.name}"


def _deploy(service: Service, environment: Environment) -> str:
    from tools.deploy.deploy import deploy
    from tools.project.aws import target

    return with_pages(deploy(service, target(environment)), service, environment)


def _restore(service: Service, environment: Environment) -> str:
    from tools.deploy.restore import restore
    from tools.project.aws import target

    return with_pages(restore(service, target(environment)), service, environment)


def _has_pages_to_deploy(service: Service) -> bool:
    return service.pages is not None and os.environ.get(PAGES) != LATER


def with_pages(done: str, service: Service, environment: Environment) -> str:
    """What was done to the stack and then to the pages of the service, if it has some. `make run` uploads them itself,
    when the platform is up."""
    if not _has_pages_to_deploy(service):
        return done
    from tools.deploy.pages.publish import publish
    from tools.project.aws import target

    return f"{done}; {publish(service, target(environment))}"


def _teardown(service: Service, environment: Environment) -> str:
    from tools.deploy.teardown import confirm, teardown
    from tools.project.aws import target

    confirm(environment.name)
    return teardown(service, target(environment), services.discover())


def _deps(service: Service, _: Environment) -> str:
    known = services.discover()
    services.deploy_order(known)
    faults = services.check_references([service], known)
    if faults:
        raise Problem("; ".join(faults))
    return f"needs {', '.join(service.dependencies) or 'nothing'}"


def _clean(service: Service, _: Environment) -> str:
    from tools.project.clean import clean

    return clean(service)


def _suite(name: str) -> Verb:
    def run(service: Service, environment: Environment) -> str:
        from tools.check import suites

        suite: Verb = getattr(suites, name)
        return suite(service, environment)

    return run


VERBS: dict[str, Verb] = {
    "lint": _lint,
    "build": _build,
    "tests-unit": _suite("unit"),
    "tests-integ": _suite("integration"),
    "tests-infra": _suite("infra"),
    "tests-deployed": _suite("deployed"),
    "package": _package,
    "artifacts": _artifacts,
    "check-deps": _check_deps,
    "deploy": _deploy,
    "restore": _restore,
    "teardown": _teardown,
    "clean": _clean,
    "deps": _deps,
}
# A service's Makefile builds these from the others.
JOINED = ("ci", "all")
CLOUD = ("package", "artifacts", "check-deps", "deploy", "restore", "teardown", "tests-integ", "tests-deployed")


def main(argv: list[str]) -> int:
    try:
        return run(argv)
    except Problem as problem:
        sys.stdout.flush()
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        return 130


def run(argv: list[str]) -> int:
    if argv in (["-h"], ["--help"]):
        print("usage: python -m tools VERB [SERVICE ...]; `make help` says what the verbs do")
        print(f"verbs: {', '.join((*VERBS, *JOINED))}")
        return 0
    if argv[:1] == ["tests-e2e"]:
        from tools.check.suites import end_to_end
        from tools.project.aws import readable

        environment = chosen()
        with readable(environment):
            print(end_to_end(environment, whole="--all" in argv))
        return 0
    if not argv or argv[0] not in (*VERBS, *JOINED):
        given = f"unknown verb {argv[0]}" if argv else "a verb is missing"
        raise WrongUse(f"{given}; there are {', '.join((*VERBS, *JOINED))}")
    environment = chosen()
    verb, names = argv[0], argv[1:]
    if verb in ("check-deps", "deploy", "restore", "all"):
        warn(environment)
    if not names:
        return everything(verb, environment)
    if verb in JOINED:
        raise WrongUse(f"for one service: make {verb}-{names[0]}")
    for name in names:
        service = services.one(name)
        print(f"{name}: {call(verb, service, environment)}", flush=True)
    return 0


def warn(environment: Environment) -> None:
    """Print once whether the account is too small for orders, also when this process starts one for each service."""
    from tools.deploy.check_account import WARNED, warn_about_concurrency
    from tools.project.aws import readable, target

    if environment.is_local:
        return
    with readable(environment):
        line = warn_about_concurrency(target(environment))
    os.environ[WARNED] = "1"
    if line:
        print(line, flush=True)


def call(verb: str, service: Service, environment: Environment) -> str:
    if verb not in CLOUD:
        return VERBS[verb](service, environment)
    from tools.project.aws import readable

    with readable(environment):
        return VERBS[verb](service, environment)


def everything(verb: str, environment: Environment) -> int:
    from tools.project.run_all import run_all

    known = services.of_platform() if verb in CLOUD or verb == "all" else services.discover()
    if verb == "deps":
        return print_order(known)
    if verb == "lint":
        from tools.check.lint import lint

        print(lint(list(known.values()), whole=True))
        return 0
    if verb == "teardown":
        from tools.deploy.teardown import confirm

        confirm(environment.name)
    if verb != "tests-integ" and verb in (*CLOUD, "all"):
        from tools.project.aws import readable, target

        with readable(environment):
            target(environment)  # fail once, instead of once for each service
    done = partial(unchanged_stacks, known, environment) if verb == "deploy" else tuple
    print(f"{verb}: {run_all(verb, known, find_done=done)}")
    if verb == "clean":
        from tools.project.clean import clean_shared

        print(clean_shared())
    return 0


def unchanged_stacks(known: Mapping[str, Service], environment: Environment) -> Iterator[tuple[str, str]]:
    """The services that `deploy` needs no process for, with its result. Pages are compared by their own deployment."""
    from tools.deploy.deploy import NO_CHANGES
    from tools.deploy.unchanged import unchanged
    from tools.project.aws import readable, target

    compared = {name: service for name, service in known.items() if not _has_pages_to_deploy(service)}
    with readable(environment):
        for name in unchanged(compared, target(environment)):
            yield name, NO_CHANGES


def print_order(known: dict[str, Service]) -> int:
    for group in services.deploy_order(known):
        for name in group:
            print(f"{name}: needs {', '.join(known[name].dependencies) or 'nothing'}")
    faults = services.check_references(list(known.values()), known)
    if faults:
        raise Problem("; ".join(faults))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
