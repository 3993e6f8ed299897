"""The index `holds`, spread over partitions.

All holds would have one partition key. DynamoDB writes 1,000 units a second to one key of an index, and throttles the
whole table when that is not enough. So the key is `HELD` and a number that the token determines. Readers ask every
partition. Holds that were written before have `HELD` alone; it is a partition too.
"""

from zlib import crc32

PARTITIONS = 8
HELD = "HELD"


def partition(token: str) -> str:
    return f"{HELD}#{crc32(token.encode()) % PARTITIONS}"


def partitions() -> list[str]:
    return [HELD, *(f"{HELD}#{number}" for number in range(PARTITIONS))]
