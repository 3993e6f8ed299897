"""Fees for one box, by ISO 3166 country code, in minor units."""

BOX_CUBIC_MILLIMETRES = 500**3
BOX_GRAMS = 12_000

FEES: dict[str, int] = {
    **dict.fromkeys(("DK", "FI", "NO", "SE"), 0),
    # The European Union without its Nordic members.
    **dict.fromkeys(
        (
            "AT", "BE", "BG", "CY", "CZ", "DE", "EE", "ES", "FR", "GR", "HR", "HU",
            "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SI", "SK",
        ),
        1000,
    ),
    **dict.fromkeys(("CA", "US"), 1500),
}  # fmt: skip
FEE_ELSEWHERE = 2500
