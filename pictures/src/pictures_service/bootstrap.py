"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache
from typing import TYPE_CHECKING

import pictures_service
from ecom.aws import client, dynamodb, s3_for_forms, signed_client
from ecom.catalogue_client import CatalogueClient
from ecom.runtime import Runtime
from pictures_service.bucket import Bucket
from pictures_service.cdn import Cdn
from pictures_service.deleting import Deleting
from pictures_service.removing import Removing
from pictures_service.repository import Pictures
from pictures_service.uploading import Uploading

if TYPE_CHECKING:
    from pictures_service.taking import Taking

runtime = Runtime(pictures_service.__file__)


def cdn_url() -> str:
    return os.environ["CDN_URL"]


@cache
def pictures() -> Pictures:
    return Pictures(dynamodb(), os.environ["TABLE_NAME"])


@cache
def uploading() -> Uploading:
    catalogue = CatalogueClient(signed_client(), os.environ["PRODUCTS_API_URL"])
    bucket = Bucket(s3_for_forms(), os.environ["BUCKET_NAME"])
    return Uploading(pictures(), bucket, catalogue, runtime.now)


@cache
def taking() -> "Taking":
    # Only this function needs Pillow.
    from pictures_service.taking import Taking

    return Taking(pictures(), Bucket(client("s3"), os.environ["BUCKET_NAME"]))


@cache
def deleting() -> Deleting:
    return Deleting(pictures())


@cache
def removing() -> Removing:
    bucket = Bucket(client("s3"), os.environ["BUCKET_NAME"])
    return Removing(pictures(), bucket, Cdn(client("cloudfront"), os.environ["DISTRIBUTION_ID"]))
