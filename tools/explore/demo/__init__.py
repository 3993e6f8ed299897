"""`make demo`: requests of a shopper and a clerk to the running local cloud, printed with the events that follow."""
