"""The service's objects, created on first use, once per execution environment."""

import time
from functools import cache

import payment_service
from ecom.aws import client
from ecom.observability import count
from ecom.runtime import Runtime
from payment_service import config
from payment_service.circuit_breaker import CircuitBreaker, GuardedProvider
from payment_service.provider import HttpProvider, Provider
from payment_service.provider_secret import NoSecret, StoredSecret
from payment_service.repository import PaymentsTable
from payment_service.settlement import Settlement

runtime = Runtime(payment_service.__file__)


@cache
def validation_provider() -> Provider:
    """The provider without the merchant's secret, which checking a hold does not need."""
    return HttpProvider(config.provider_url(), NoSecret())


@cache
def circuit_breaker() -> CircuitBreaker:
    return CircuitBreaker(time.monotonic, lambda: count("CircuitOpened"))


@cache
def settlement() -> Settlement:
    secret = StoredSecret(client("secretsmanager"), config.provider_secret_arn())
    provider = GuardedProvider(HttpProvider(config.provider_url(), secret), circuit_breaker())
    payments = PaymentsTable(client("dynamodb"), config.table_name(), config.early_events_table_name(), runtime.now)
    return Settlement(payments, provider, lambda: count("PaymentFailed"))
