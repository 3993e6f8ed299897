"""Module sets: the same code, other state, and the edges in their place."""

import random
import sys
import time

import pytest

from tools.sim.edges import UNREPEATABLE
from tools.sim.modules import ModuleSet
from tools.sim.not_simulated import NotSimulated
from tools.sim.stand_ins import like


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


def test_what_would_make_a_run_unrepeatable_is_refused() -> None:
    names = UNREPEATABLE.split()
    assert [name for name in names if not callable(getattr(random, name))] == []
    stand_in = like(random, UNREPEATABLE, choice=max)
    for name in names:
        with pytest.raises(NotSimulated, match=f"random.{name} is not simulated"):
            getattr(stand_in, name)()
    assert stand_in.choice([1, 3]) == 3
