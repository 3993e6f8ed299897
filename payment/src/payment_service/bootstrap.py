"""The composition root: everything is made on first use, once per container."""

from ecom.lazy import once
from payment_service.config import provider_config
from payment_service.provider import HttpProvider, Provider
from payment_service.secret import NoSecret


@once
def checking_provider() -> Provider:
    return HttpProvider(provider_config().url, NoSecret())
