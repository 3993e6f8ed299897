"""What events look like, as types: `from ecom.contracts.orders import OrderCreated`.

The modules are generated from the schemas; `ecom.schemas` checks at run time what they promise. A package holds the
modules of the events that its service publishes or waits for.
"""
