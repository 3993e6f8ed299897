"""Tags of user pools in policies.

Service Authorization Reference, *Amazon Cognito User Pools*: the resource `userpool` supports `aws:ResourceTag`. The
engine does not supply it, so a policy that uses it allows nothing.
"""

from tools.local.engine.patching import core, patch


@patch
def policies_see_the_tags_of_pools() -> None:
    tagging = core("services.tagging")
    tagging._RESOURCE_TAG_COLLECTORS["cognito-idp"] = tagging._collect_cognito
