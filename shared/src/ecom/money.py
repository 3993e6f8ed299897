"""Amounts for people. Pure."""

# Currencies of ISO 4217 whose minor unit is not a hundredth: how many decimals their amounts have.
NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
DECIMALS = {**dict.fromkeys(NO_DECIMALS.split(" "), 0), **dict.fromkeys(THREE_DECIMALS.split(" "), 3)}


def decimals_of(currency: str) -> int:
    """How many decimals the amounts of a currency have."""
    return DECIMALS.get(currency, 2)


def money(minor: int, currency: str = "") -> str:
    """An amount in minor units with its currency, if it is known: 199900 is `1,999.00 EUR`."""
    decimals = decimals_of(currency)
    whole, part = divmod(minor, 10**decimals)
    amount = f"{whole:,}.{part:0{decimals}}" if decimals else f"{whole:,}"
    return f"{amount} {currency}".rstrip()
