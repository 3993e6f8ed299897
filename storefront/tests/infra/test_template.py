"""Resources and settings that the template must have."""

from pathlib import Path
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools.deploy.pages.upload import RECORD, SITE
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
CONFIG = TEMPLATE.properties("Distribution")["DistributionConfig"]
ON_AWS = {
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
    "LocalEndpoint": "",
    "ApiUrl": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
    "CartApiUrl": "https://cart.execute-api.eu-west-1.amazonaws.com/prod",
    "ReturnsApiUrl": "https://returns.execute-api.eu-west-1.amazonaws.com/prod",
    "PaymentApiUrl": "https://pay.example/v1",
    "PicturesCdnUrl": "https://d1.cloudfront.net",
    "PicturesBucketName": "ecommerce-dev-pictures-bucket-1",
    "PictureSources": "https://img.example https://*.img.example",
}
HERE = {
    **ON_AWS,
    "LocalEndpoint": "http://127.0.0.1:4566",
    "ApiUrl": "http://127.0.0.1:4566/v1/apis/abc/graphql",
    "PaymentApiUrl": "http://127.0.0.1:4566/_aws/execute-api/pay/prod",
    "PicturesCdnUrl": "http://127.0.0.1:40000",
}


def text(node: Any, values: dict[str, str]) -> Any:
    """What CloudFormation makes of the functions that the policy uses."""
    if not isinstance(node, dict):
        return node
    ((function, given),) = node.items()
    match function:
        case "Ref":
            return values[given]
        case "Fn::Sub":
            for name, value in values.items():
                given = given.replace(f"${{{name}}}", value)
            assert "${" not in given
            return given
        case "Fn::Join":
            parts = text(given[1], values) if isinstance(given[1], dict) else [text(each, values) for each in given[1]]
            return given[0].join(parts)
        case "Fn::Split":
            return text(given[1], values).split(given[0])
        case "Fn::If":
            assert given[0] == "IsLocal"
            return text(given[1 if values["LocalEndpoint"] else 2], values)
    raise AssertionError(f"the test does not know {function}")


def policy(values: dict[str, str]) -> dict[str, list[str]]:
    """Directive -> its sources."""
    headers = TEMPLATE.properties("SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    found = text(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"], values)
    directives = [directive.split() for directive in found.split(";")]
    return {name: sources for name, *sources in directives}


def test_the_contracts_parameters() -> None:
    assert {"url", "bucket/name", "distribution/id"} <= TEMPLATE.parameters("storefront")


def test_the_bucket_is_private_and_encrypted() -> None:
    bucket = TEMPLATE.properties("Bucket")
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert "WebsiteConfiguration" not in bucket


def test_the_distribution_reads_the_site_and_nothing_else() -> None:
    """Without s3:ListBucket, so that a missing file is 403 and no address answers a list. The record stays private."""
    read, tls_only = TEMPLATE.properties("BucketPolicy")["PolicyDocument"]["Statement"]
    assert (read["Principal"], read["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert read["Resource"] == {"Fn::Sub": f"${{Bucket.Arn}}/{SITE}*"}
    assert "distribution/${Distribution}" in read["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert tls_only["Fn::If"][2]["Effect"] == "Deny"
    (origin,) = CONFIG["Origins"]
    assert origin["OriginAccessControlId"] == {"Ref": "OriginAccess"}
    assert origin["OriginPath"] == f"/{SITE.rstrip('/')}"
    assert not RECORD.startswith(SITE)


def test_addresses_are_the_page_by_the_function_and_never_by_an_error() -> None:
    assert "CustomErrorResponses" not in CONFIG
    (association,) = CONFIG["DefaultCacheBehavior"]["FunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    assert association["FunctionARN"] == {"Fn::GetAtt": ["ViewerRequest", "FunctionARN"]}
    function = TEMPLATE.properties("ViewerRequest")
    assert function["AutoPublish"] is True
    assert function["FunctionCode"] == "{{file:viewer_request.js}}"


def test_tls_only_reading_only_compressed() -> None:
    behavior = CONFIG["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["Compress"] is True
    assert CONFIG["ViewerCertificate"]["Fn::If"][1]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert CONFIG["Aliases"]["Fn::If"][:2] == ["HasDomain", [{"Ref": "Domain"}]]


def test_the_headers() -> None:
    headers = TEMPLATE.properties("SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == "same-origin"
    assert "ContentTypeOptions" in headers
    assert all(setting["Override"] for setting in headers.values())


@pytest.mark.parametrize("values", [ON_AWS, HERE])
def test_pages_load_their_own_scripts_and_styles_only(values: dict[str, str]) -> None:
    found = policy(values)
    assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == found["font-src"] == found["form-action"] == ["'self'"]
    sources = {source for each in found.values() for source in each}
    assert not sources & {"*", "http:", "https:", "'unsafe-inline'", "'unsafe-eval'"}


def test_on_aws_pages_reach_what_they_need() -> None:
    """A source that ends with / admits everything below it. One with another path admits this path only."""
    found = policy(ON_AWS)
    assert found["connect-src"] == [
        "'self'",
        "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
        "wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql",
        "https://cognito-idp.eu-west-1.amazonaws.com/",
        "https://cart.execute-api.eu-west-1.amazonaws.com/prod/",
        "https://returns.execute-api.eu-west-1.amazonaws.com/prod/",
        "https://pay.example/v1/",
        "https://ecommerce-dev-pictures-bucket-1.s3.eu-west-1.amazonaws.com/",
    ]
    pictures = ["https://d1.cloudfront.net/", "https://img.example", "https://*.img.example"]
    assert found["img-src"] == ["'self'", "data:", "blob:", *pictures]


def test_locally_pages_reach_this_cloud() -> None:
    found = policy({**HERE, "PictureSources": ""})
    assert {"http://127.0.0.1:4566/", "ws://127.0.0.1:4566/"} <= set(found["connect-src"])
    assert found["img-src"] == ["'self'", "data:", "blob:", "http://127.0.0.1:40000/"]
