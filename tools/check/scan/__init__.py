"""`make scan`: a second scanner of templates, checkov, beside cfn-lint and our own rules."""
