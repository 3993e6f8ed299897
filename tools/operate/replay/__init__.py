"""`make replay`: archived events once more, to the rules of one consumer.

`planning.plan_of` reads what a replay would send, and sends nothing to a consumer. `sending.replay` has EventBridge
replay it, `sending.send` sends single events of a plan.
"""
