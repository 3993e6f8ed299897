"""The engine, `ministack` in exactly the pinned version: its settings, its modules and its patches.

Only this package and the modules named `engine_*.py` touch the engine. Each patch says in its docstring which AWS
behaviour it restores, and has a probe in tools/tests/local (`test_probes.py`) that fails when the engine changes.
"""
