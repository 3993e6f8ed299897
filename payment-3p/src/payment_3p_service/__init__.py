"""A payment provider, as another company would run it: it holds money on cards and captures it for merchants.

It shares nothing with the services that use it: no code, no event, no role.
"""
