"""A client of the platform: what a storefront, staff and an administrator do, over GraphQL, REST and AWS's APIs.

Tests, the demo and the benchmarks drive the platform with it. It never ships inside a service.
"""
