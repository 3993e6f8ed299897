"""Metrics and alarms as CloudWatch has them; see README.md.

Nothing here knows AWS's SDK, the engine, a thread or the time of day: a store is given values with their times, and an
alarm is judged by what the store holds at a time that the caller names.
"""
