"""A payment provider, as somebody else would run it: it holds money on cards, and moves it for merchants.

Nothing here is shared with the services that use it: no code, no event, no role.
"""
