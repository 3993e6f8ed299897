"""Faults at every hop. `catalogue.ALL` lists them; each has a name, a range of rates and words for the story."""
