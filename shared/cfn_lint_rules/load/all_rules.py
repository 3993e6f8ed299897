"""What cfn-lint's `append_rules` loads: it imports single files, so this one finds the package and its rules."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from shared.cfn_lint_rules import RULES  # noqa: E402  # the path must be known first

globals().update({rule.__name__: rule for rule in RULES})
