"""The distribution of CloudFront that serves derived pictures."""

from typing import Any, Protocol

from pictures_service.domain import DERIVED, derived_names


class CloudFrontClient(Protocol):
    """The client of boto3 fulfils it."""

    def create_invalidation(self, *, DistributionId: str, InvalidationBatch: dict[str, Any]) -> Any:  # noqa: N803 - AWS's
        ...


class Cdn:
    def __init__(self, client: CloudFrontClient, distribution: str) -> None:
        self._client = client
        self._distribution = distribution

    def forget(self, picture_id: str) -> None:
        """Remove a picture from all caches. With the same reference CloudFront does it once.

        Each path is named: of paths with a wildcard, 15 may be in progress at once, of others 3,000.
        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
        """
        paths = [f"/{DERIVED}{picture_id}/{name}" for name in derived_names()]
        batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": picture_id}
        self._client.create_invalidation(DistributionId=self._distribution, InvalidationBatch=batch)
