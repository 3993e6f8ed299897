"""The service's objects, created on first use, once per execution environment."""

import os
import time
from functools import cache

import payment_service
from ecom.aws import client, dynamodb
from ecom.observability import count
from ecom.runtime import Runtime
from ecom.stored_secret import StoredSecret
from ecom.times import timestamp
from payment_service.circuit_breaker import CircuitBreaker, GuardedProvider
from payment_service.no_secret import NoSecret
from payment_service.provider import HttpProvider, Provider
from payment_service.refund_repository import Refunds
from payment_service.refunding import Refunding
from payment_service.repository import PaymentsTable
from payment_service.settlement import Settlement

runtime = Runtime(payment_service.__file__)


@cache
def validation_provider() -> Provider:
    """The provider for checks of holds, which createOrder waits for. They need no secret of the merchant, and have no
    circuit breaker: each caller has its answer, or TRY_AGAIN, at once."""
    return HttpProvider(os.environ["PROVIDER_URL"], NoSecret())


@cache
def circuit_breaker() -> CircuitBreaker:
    return CircuitBreaker(time.monotonic, lambda: count("CircuitOpened"))


@cache
def provider() -> Provider:
    secret = StoredSecret(client("secretsmanager"), os.environ["PROVIDER_SECRET_ARN"])
    return GuardedProvider(HttpProvider(os.environ["PROVIDER_URL"], secret), circuit_breaker())


@cache
def settlement() -> Settlement:
    tables = os.environ["TABLE_NAME"], os.environ["EARLY_EVENTS_TABLE_NAME"]
    payments = PaymentsTable(dynamodb(), *tables, runtime.now)
    return Settlement(payments, provider(), lambda: count("PaymentFailed"))


@cache
def refunding() -> Refunding:
    refunds = Refunds(dynamodb(), os.environ["TABLE_NAME"], os.environ["REFUNDS_TABLE_NAME"])
    return Refunding(refunds, provider(), circuit_breaker().check, lambda: timestamp(runtime.now()))
