"""CloudFormation: the engine's provisioners, and the properties that have no effect here."""
