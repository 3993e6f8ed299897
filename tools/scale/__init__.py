"""`make scale`: a model of what AWS throttles first at which rate of orders, and of what orders cost."""
