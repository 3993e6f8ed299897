"""The people of a plan on a running platform, with the faults that can be made there, and the promises that show in
public interfaces. See docs/simulator.md."""
