"""The source revisions that StartPipelineExecution takes."""

import pytest

from tools.local.aws.codepipeline.starts import _overrides
from tools.local.aws.json_api import ApiError

STRUCTURE = {"stages": [{"actions": [{"name": "Code"}]}]}
REVISION = {"actionName": "Code", "revisionType": "COMMIT_ID", "revisionValue": "c"}


def test_a_revision_of_a_source_action_is_taken() -> None:
    assert _overrides(STRUCTURE, [REVISION]) == [REVISION]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([{**REVISION, "actionName": "Build"}], "Build is not a source action"),
        ([{**REVISION, "revisionType": "TAG"}], "does not know the revision type TAG"),
        ([REVISION, REVISION], "one source revision for each action"),
    ],
)
def test_others_are_refused_with_the_reason(given: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(ApiError, match=reason):
        _overrides(STRUCTURE, given)
