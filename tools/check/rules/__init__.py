"""`python -m tools.check.rules [service ...]`: every check of this repository that is not ruff's or mypy's.

A check is a function from a Repository to findings; `checks.py` lists them. A file that cannot be read is a finding.
"""
