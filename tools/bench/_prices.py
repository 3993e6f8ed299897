"""AWS's list prices, us-east-1, in US dollars, November 2026, for the cost of an order."""

PER_GB_SECOND = 0.0000133334  # Lambda, arm64
PER_MILLION = {
    "Lambda requests": 0.20,
    "DynamoDB write units": 0.625,
    "DynamoDB read units": 0.125,
    "EventBridge events": 1.00,
    "REST requests": 3.50,
    "AppSync operations": 4.00,
}
PER_GB_OF_LOGS = 0.50
