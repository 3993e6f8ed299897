"""Systems Manager: the permissions of several parameters at once."""
