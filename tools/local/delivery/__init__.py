"""How AWS delivers: the driver, the interface and the pending work of stream batches, asynchronous invocations and
targets of rules. See README.md.

The state machines use no thread, clock, AWS SDK or engine: they get a clock and a call. `driver.py` runs them in real
time; a simulator may run them in virtual time.
"""
