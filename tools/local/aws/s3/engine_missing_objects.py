"""An object that does not exist: 404 to a caller that may list the bucket, 403 to others.

S3 API Reference, *GetObject* and *HeadObject* (permissions): "If you have the s3:ListBucket permission on the bucket,
Amazon S3 returns an HTTP status code 404", else 403. The engine answers 404 to all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tools.local.engine.patching import core, patch


@patch
def missing_objects_are_denied_without_list_bucket() -> None:
    s3 = core("services.s3")
    dispatch: Callable[..., Any] = s3._dispatch

    def dispatch_as_aws(
        method: str, bucket: str, key: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Any:
        answer = dispatch(method, bucket, key, headers, body, query)
        if method not in ("GET", "HEAD") or not key or answer[0] != 404 or not _is_signed(headers, query):
            return answer
        if b"NoSuchBucket" in answer[2]:
            return answer
        denied = core("app")._enforce_data_plane(
            "s3", "s3:ListBucket", headers, query, "", resource_arn=f"arn:aws:s3:::{bucket}"
        )
        return denied or answer

    s3._dispatch = dispatch_as_aws


def _is_signed(headers: Mapping[str, str], query: Mapping[str, Any]) -> bool:
    """The engine's own reads, such as a stack's template, are not signed."""
    return "authorization" in headers or "X-Amz-Credential" in query
