"""Runs in `.venv-scan`: scan templates and write checkov's findings as JSON.

`checkov_process.py RESULT TEMPLATE...`. Only checkov's own checks run, without its platform, which its command line can
call: nothing is downloaded or sent. It imports nothing of this checkout, whose packages are not installed there.
"""

import json
import sys
from pathlib import Path

from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter


def main(result: str, *templates: str) -> None:
    runner = Runner()
    report = runner.run(None, files=list(templates), runner_filter=RunnerFilter(framework=["cloudformation"]))
    # A `checkov:skip` in a template exempts nothing: exemptions.yaml is the one place for that.
    findings = [
        {
            "template": record.file_abs_path,
            "resource": record.resource.rpartition(".")[2],
            "rule": record.check_id,
            "what": record.check_name,
            "properties": record.check_result.get("evaluated_keys") or [],
        }
        for record in [*report.failed_checks, *report.skipped_checks]
    ]
    Path(result).write_text(json.dumps({"findings": findings, "read": sorted(runner.definitions or ())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
