"""How AWS delivers: stream batches, asynchronous invocations, targets of rules; see README.md.

The state machines know no thread, no clock, no AWS and no engine: they are given a clock and a call. `driver.py` runs
them in real time; a simulator may run them in virtual time.
"""
