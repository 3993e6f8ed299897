"""DynamoDB in memory: tables, expressions, transactions and streams, without network, threads and files.

Items are kept as on the wire (`{"S": "text"}`) and are never changed in place, so images can be shared.
"""
