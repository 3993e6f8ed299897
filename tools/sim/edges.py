"""What a module set gets in the place of time, randomness, threads, variables, output and the HTTP pool.

Each function returns a stand-in for one module of the standard library, or of urllib3, that belongs to one execution
environment. Everything that the stand-in neither replaces nor refuses is the real module's. What it refuses would make
a run unrepeatable, or block it; no function uses it.
"""

import datetime as real_datetime
import os as real_os
import random as real_random
import secrets as real_secrets
import ssl as real_ssl
import sys as real_sys
import threading as real_threading
import time as real_time
import uuid as real_uuid
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import fastjsonschema as real_fastjsonschema
import urllib3 as real_urllib3

from tools.sim.edge_threads import Lock, futures_of
from tools.sim.not_simulated import NotSimulated
from tools.sim.stand_ins import Place, like

MONOTONIC_START = 1_000.0
UNREPEATABLE = (
    "betavariate choices expovariate gauss getrandbits normalvariate paretovariate randbytes randint randrange sample "
    "seed shuffle triangular"
)


def all_of(place: Place) -> dict[str, ModuleType]:
    """The stand-ins, by the name of the module that they replace."""
    return {
        "time": time_of(place),
        "datetime": datetime_of(place),
        "random": random_of(place),
        "secrets": secrets_of(place),
        "uuid": uuid_of(place),
        "os": os_of(place),
        "sys": like(real_sys, stdout=Output(place), stderr=Output(place)),
        "threading": like(real_threading, "Thread Timer Event Condition Semaphore Barrier", Lock=lambda: Lock(place)),
        "concurrent.futures": futures_of(place),
        "urllib3": like(real_urllib3, PoolManager=lambda **_: Pool(place)),
        "ssl": like(real_ssl, create_default_context=lambda **_: None),
        "fastjsonschema": like(real_fastjsonschema, compile=compile_once),
    }


def time_of(place: Place) -> ModuleType:
    scheduler = place.scheduler

    def time() -> float:
        return scheduler.now + place.skew

    def monotonic() -> float:
        return scheduler.now - place.began + MONOTONIC_START

    def gmtime(seconds: float | None = None) -> Any:
        return real_time.gmtime(time() if seconds is None else seconds)

    return like(
        real_time,
        time=time,
        time_ns=lambda: int(time() * 1e9),
        monotonic=monotonic,
        perf_counter=monotonic,
        sleep=scheduler.sleep,
        gmtime=gmtime,
        localtime=gmtime,
    )


def datetime_of(place: Place) -> ModuleType:
    scheduler = place.scheduler

    class datetime(real_datetime.datetime):  # noqa: N801 - the name of the class that it replaces
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(scheduler.now + place.skew, tz)

        @classmethod
        def utcnow(cls) -> Any:
            raise NotSimulated("utcnow has no zone; use now(UTC)")

        @classmethod
        def today(cls) -> Any:
            raise NotSimulated("today has no zone; use now(UTC)")

    return like(real_datetime, datetime=datetime)


def random_of(place: Place) -> ModuleType:
    class Random:
        def __init__(self, *_: Any) -> None:
            pass

        def random(self) -> float:
            return place.random()

        def uniform(self, low: float, high: float) -> float:
            return low + (high - low) * place.random()

        def choice(self, options: Sequence[Any]) -> Any:
            return options[int(place.random() * len(options))]

    only = Random()
    return like(
        real_random,
        UNREPEATABLE,
        SystemRandom=Random,
        Random=Random,
        random=only.random,
        uniform=only.uniform,
        choice=only.choice,
    )


def secrets_of(place: Place) -> ModuleType:
    def token_hex(size: int = 32) -> str:
        return "".join(f"{int(place.random() * 256):02x}" for _ in range(size))

    return like(
        real_secrets,
        "token_bytes choice randbelow randbits",
        token_urlsafe=lambda size=32: token_hex(size),
        token_hex=token_hex,
    )


def uuid_of(place: Place) -> ModuleType:
    def uuid4() -> real_uuid.UUID:
        return real_uuid.UUID(bytes=bytes(int(place.random() * 256) for _ in range(16)), version=4)

    return like(real_uuid, "uuid1", uuid4=uuid4)


def os_of(place: Place) -> ModuleType:
    def getenv(name: str, default: Any = None) -> Any:
        return place.variables.get(name, default)

    return like(real_os, "urandom getrandom", environ=place.variables, getenv=getenv)


class Output:
    """Standard output of the function: CloudWatch Logs on AWS."""

    encoding = "utf-8"

    def __init__(self, place: Place) -> None:
        self._place = place

    def write(self, text: str) -> int:
        self._place.write(text)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


class Pool:
    """urllib3's pool: requests go to the simulated network."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def request(self, method: str, url: str, **options: Any) -> Any:
        return self._place.http_request(method, url, **options)


_compiled: dict[str, Any] = {}


def compile_once(document: Mapping[str, Any], **options: Any) -> Any:
    """fastjsonschema.compile, once for all environments: a validator has no state."""
    key = repr((document, options))
    if key not in _compiled:
        _compiled[key] = real_fastjsonschema.compile(dict(document), **options)
    return _compiled[key]
