"""Secrets of a template: named by their ARN, generated as configured, kept while nothing changes."""

import string

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.stacks import deployed

TEMPLATE = """
Parameters:
  Length: { Type: String, Default: "48" }
  Description: { Type: String, Default: first }
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      Description: !Ref Description
      GenerateSecretString: { PasswordLength: !Ref Length, ExcludePunctuation: true, ExcludeCharacters: abc }
Outputs:
  Ref: { Value: !Ref Secret }
  Id: { Value: !GetAtt Secret.Id }
"""


def test_a_secret_is_generated_as_on_aws(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    with deployed(cloud, "secrets", TEMPLATE) as stack:
        arn = stack.outputs()["Ref"]
        assert arn == stack.outputs()["Id"]
        assert arn.startswith("arn:aws:secretsmanager:")
        first = secrets.get_secret_value(SecretId=arn)["SecretString"]
        assert len(first) == 48
        assert set(first) <= set(string.ascii_letters + string.digits) - set("abc")
        assert stack.deploy(TEMPLATE, Description="second") == "UPDATE_COMPLETE"
        assert stack.outputs()["Ref"] == arn
        assert secrets.get_secret_value(SecretId=arn)["SecretString"] == first
        assert secrets.describe_secret(SecretId=arn)["Description"] == "second"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        secrets.describe_secret(SecretId=arn)


def test_a_secret_of_no_characters_fails_the_stack(cloud: Cloud) -> None:
    with deployed(cloud, "secrets-bad", TEMPLATE) as stack:
        assert stack.deploy(TEMPLATE, Length="5000") == "UPDATE_ROLLBACK_COMPLETE"
