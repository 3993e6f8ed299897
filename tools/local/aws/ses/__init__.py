"""Mail in the local cloud: what SES accepts stays on this machine, in a mailbox that people and tests can read."""
