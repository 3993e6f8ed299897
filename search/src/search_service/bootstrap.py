"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import search_service
from ecom.aws import dynamodb
from ecom.inbox import InboxTable
from ecom.runtime import Runtime
from search_service.partner import NoPartner, Partner
from search_service.repository import Records, RecordsTable

runtime = Runtime(search_service.__file__)


@cache
def records() -> Records:
    inbox = InboxTable(dynamodb(), os.environ["INBOX_TABLE_NAME"], runtime.now)
    return RecordsTable(dynamodb(), os.environ["TABLE_NAME"], inbox)


@cache
def partner() -> Partner:
    return NoPartner()
