"""Each planted defect still fits the code."""

import ast

import pytest

from tools.sim.defects import Defect, DoesNotFit, catalogue


@pytest.mark.parametrize("defect", catalogue(), ids=lambda defect: defect.name)
def test_a_defect_fits_and_is_python(defect: Defect) -> None:
    ast.parse(defect.changed())


def test_a_defect_whose_text_is_gone_is_an_error() -> None:
    with pytest.raises(DoesNotFit):
        Defect("gone", "", "tools/sim/plan.py", "no such text", "").changed()
