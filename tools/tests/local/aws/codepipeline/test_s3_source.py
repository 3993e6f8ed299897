"""The S3 source: what an execution says of its revision."""

import io
from types import SimpleNamespace
from typing import Any

import pytest

from tools.local.aws.codepipeline.actions.s3_source import SUMMARY, S3Source


@pytest.mark.parametrize(
    ("metadata", "summary"),
    [({}, "Amazon S3 version id: v1"), ({SUMMARY: "812 abcdef1 orders: a fee"}, "812 abcdef1 orders: a fee")],
)
def test_the_summary_is_that_of_the_object_or_names_its_version(metadata: dict[str, str], summary: str) -> None:
    found = {"Body": io.BytesIO(b"zip"), "VersionId": "v1", "ETag": '"e"', "Metadata": metadata}
    s3 = SimpleNamespace(get_bucket_versioning=lambda **_: {"Status": "Enabled"}, get_object=lambda **_: found)
    run: Any = SimpleNamespace(
        configuration={"S3Bucket": "b", "S3ObjectKey": "k"},
        clients={"s3": s3},
        only_output=lambda: "Commit",
        put=lambda *_: None,
        overrides=[],
    )
    made = S3Source().step(run)
    assert made.revision == {"revisionId": "v1", "revisionSummary": summary}
