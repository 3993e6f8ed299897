"""CloudFormation: resource types, and the properties that have no effect here."""
