"""Module sets: the same code, other state, and the edges in their place."""

import sys
import time

from tools.sim.edges import like
from tools.sim.modules import ModuleSet


def of_payment() -> ModuleSet:
    return ModuleSet({"time": like(time, monotonic=lambda: 42.0)})


def test_each_set_has_modules_of_its_own() -> None:
    one, two = of_payment(), of_payment()
    first, second = one.load("payment_service.circuit_breaker"), two.load("payment_service.circuit_breaker")
    assert first is not second
    assert first.CircuitBreaker is not second.CircuitBreaker
    assert one.load("payment_service.errors").CircuitOpen is first.CircuitOpen


def test_an_import_inside_finds_the_edge() -> None:
    ours = of_payment().load("ecom.deadline")
    assert ours.time.monotonic() == 42.0
    assert time.monotonic() != 42.0


def test_the_modules_of_this_process_stay_as_they_are() -> None:
    before = {name for name in sys.modules if name.startswith(("payment_service", "ecom."))}
    of_payment().load("payment_service.settlement")
    assert {name for name in sys.modules if name.startswith(("payment_service", "ecom."))} == before
