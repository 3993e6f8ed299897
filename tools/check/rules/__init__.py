"""`python -m tools.check.rules [service ...]`: this repository's own checks, besides ruff and mypy.

A check is a function from a Repository to findings; `checks.py` lists them. A file that cannot be read is a finding.
"""
