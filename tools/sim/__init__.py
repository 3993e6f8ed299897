"""The fault simulator: the real handlers of all services in virtual time, with faults at every hop.

See docs/simulator.md.
"""
