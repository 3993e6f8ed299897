"""Lambda: functions in processes that see only what AWS lets them see, and the event source mappings and asynchronous
invocations that call them."""
