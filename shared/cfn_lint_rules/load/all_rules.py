"""Loaded by cfn-lint's `append_rules`, which imports single files: this one adds the package of the rules."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from shared.cfn_lint_rules import RULES  # noqa: E402  # needs the path

globals().update({rule.__name__: rule for rule in RULES})
