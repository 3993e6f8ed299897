"""The types of events: `from ecom.contracts.orders import OrderCreated`.

The modules are generated from the schemas, against which `ecom.schemas` validates events at run time. A package has
the modules of the events that its service publishes or consumes.
"""
