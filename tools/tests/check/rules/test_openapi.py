"""REST documents: each requirement is broken once."""

import pytest

from tools.check.rules.openapi import check_openapi
from tools.tests.check.rules.conftest import MakeRepository

FILE = "orders/openapi.yaml"
GOOD = """\
openapi: "3.0.1"
info: { title: Orders, version: "1" }
x-amazon-apigateway-request-validators:
  body: { validateRequestBody: true, validateRequestParameters: false }
x-amazon-apigateway-request-validator: body
x-amazon-apigateway-gateway-responses:
  BAD_REQUEST_BODY:
    statusCode: "400"
    responseTemplates:
      application/json: '{"message": "$context.error.validationErrorString"}'
paths:
  /backend/reserve:
    post:
      operationId: reserve
      security: [{ sigv4: [] }]
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Reserve" }
      responses:
        "200": { description: Reserved }
        "400": { description: Malformed }
        "403": { description: Unauthorised }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: !Sub
          - arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations
          - Function: !Ref ReserveFunction.Alias
components:
  securitySchemes:
    sigv4: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
  schemas:
    Reserve:
      type: object
      additionalProperties: false
      required: [lines]
      properties:
        lines: { type: array, maxItems: 50, items: { $ref: "#/components/schemas/Line" } }
    Line:
      type: object
      additionalProperties: false
      properties:
        productId: { type: string, maxLength: 200 }
        quantity: { type: integer, minimum: 1 }
"""


def test_accepted_with_intrinsics(make: MakeRepository) -> None:
    assert list(check_openapi(make({FILE: GOOD}))) == []


def test_an_open_operation_needs_a_reason(make: MakeRepository) -> None:
    document = GOOD.replace(
        "security: [{ sigv4: [] }]", "security: []\n      x-public-reason: a shopper's browser calls it"
    )
    assert list(check_openapi(make({FILE: document}))) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('openapi: "3.0.1"', 'openapi: "3.1.0"', "is not OpenAPI 3.0"),
        ("title: Orders, ", "", "is not valid OpenAPI: 'title' is a required property"),
        ("operationId: reserve", "summary: reserve", "has no operationId"),
        ('"200":', "200:", "the status 200 is a number"),
        ("{ description: Malformed }", '{ description: "" }', "400 is not described"),
        ('        "400": { description: Malformed }\n', "", "has no response to invalid input"),
        ('        "403": { description: Unauthorised }\n', "", "the response to unauthorised callers is missing"),
        ("security: [{ sigv4: [] }]", "description: open", "accepts callers without an IAM signature"),
        ("in: header, x-amazon-apigateway-authtype: awsSigv4", "in: query", "accepts callers without an IAM signature"),
        ("authtype: awsSigv4", "authtype: cognito_user_pools", "accepts callers without an IAM signature"),
        (
            "authtype: awsSigv4",
            "authtype: cognito_user_pools, x-amazon-apigateway-authorizer: { type: cognito_user_pools }",
            "the response to unauthorised callers is missing",
        ),
        ("security: [{ sigv4: [] }]", "security: [{ sigv4: [] }, {}]", "accepts callers without an IAM signature"),
        (", x-amazon-apigateway-authtype: awsSigv4", "", "accepts callers without an IAM signature"),
        ("x-amazon-apigateway-request-validator: body\n", "", "its input is not validated"),
        ("validateRequestBody: true", "validateRequestBody: false", "its input is not validated"),
        ("        required: true\n", "", "a missing body passes"),
        ("application/json:\n            schema", "text/plain:\n            schema", "the body is not plain JSON"),
        ("additionalProperties: false\n      required", "required", "Reserve accepts fields that are not described"),
        (
            "additionalProperties: false\n      properties:\n        productId",
            "properties:\n        productId",
            "Line accepts fields",
        ),
        (", maxLength: 200", "", "productId has no limit"),
        ("maxItems: 50, ", "", "lines has no limit"),
        (", minimum: 1", "", "quantity has no limit"),
        ("productId: { type: string, maxLength: 200 }", "productId: {}", "productId may have any type"),
        (
            "productId: { type: string, maxLength: 200 }",
            'productId: { anyOf: [{ type: string, maxLength: 9 }], description: "Checked by the function: a text" }',
            "productId: API Gateway's import drops anyOf",
        ),
        ("type: string, maxLength: 200", "type: string, nullable: true, maxLength: 200", "drops nullable"),
        ("{ type: string, maxLength: 200 }", "{ enum: [null] }", "CloudFormation refuses null values"),
        ("ReserveFunction.Alias", "ReserveFunction", "does not call its function by the alias"),
        ("x-amazon-apigateway-integration", "x-other", "has no integration"),
        ("$context.error.validationErrorString", "$context.error.message", "does not name the error"),
    ],
)
def test_refused(make: MakeRepository, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    found = list(check_openapi(make({FILE: GOOD.replace(old, new, 1)})))
    assert any(expected in each.what for each in found), found
    assert all(each.file == FILE and each.line >= 1 for each in found)


def test_a_value_may_have_no_type_when_the_function_checks_it(make: MakeRepository) -> None:
    checked = 'productId: { description: "Checked by the function: a text, or null" }'
    document = GOOD.replace("productId: { type: string, maxLength: 200 }", checked)
    assert list(check_openapi(make({FILE: document}))) == []


def test_operation_ids_are_unique(make: MakeRepository) -> None:
    path = GOOD[GOOD.index("  /backend/reserve") : GOOD.index("components:")]
    document = GOOD.replace("components:", path.replace("/backend/reserve", "/backend/cancel") + "components:", 1)
    (found,) = check_openapi(make({FILE: document}))
    assert "'reserve'" in found.what
    assert "not unique" in found.what


def test_a_finding_names_the_line(make: MakeRepository) -> None:
    (finding,) = check_openapi(make({FILE: GOOD.replace(", maxLength: 200", "")}))
    assert "productId" in GOOD.splitlines()[finding.line - 1]


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "a: b: c", "- 1", "openapi: 3.0.1", "openapi: 3.0.1\npaths: 1", "a: 1\na: 2", "\0",
        "x: !!python/name:os.system", "[" * 3000, "a: " + "[" * 200 + "]" * 200, "0x1F: 1", "? [a]\n: 1", "a: *b",
        "openapi: 3.0.1\npaths: {/a: {get: {responses: [1], parameters: [1]}}}",
        "openapi: 3.0.1\npaths: {/a: {post: {requestBody: {$ref: '#/components/x'}, security: 1}}}",
    ],
)  # fmt: skip
def test_a_broken_document_is_a_finding(make: MakeRepository, text: str) -> None:
    assert list(check_openapi(make({FILE: text})))
