"""CloudWatch: metrics and alarms; see README.md.

Apart from `engine_*.py`, nothing here uses the engine, a thread or the clock: the store gets values with their times,
and an alarm is evaluated for a given time.
"""
