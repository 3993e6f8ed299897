"""Loaded before any test: the standard library's `platform` must be known before pytest meets our folder of that name."""

import platform

assert platform.python_implementation()  # noqa: S101 - the standard library's, not our folder
