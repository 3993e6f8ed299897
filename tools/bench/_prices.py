"""AWS's list prices, us-east-1, in US dollars, November 2026, for the cost of an order."""

from collections.abc import Mapping

PER_GB_SECOND = 0.0000133334  # Lambda, arm64
PER_MILLION = {
    "Lambda requests": 0.20,
    "DynamoDB write units": 0.625,
    "DynamoDB read units": 0.125,
    "EventBridge events": 1.00,
    "REST requests": 3.50,
    "AppSync operations": 4.00,
    "SES mails": 100.00,
    "SQS requests": 0.40,
}
PER_GB_OF_LOGS = 0.50
_SERVICES = {"REST": "API Gateway", "log": "CloudWatch Logs"}
# A month, for what exists whether or not there are orders.
PER_MONTH = {
    "AWS::CloudWatch::Alarm": 0.10,  # for each metric that it reads
    "AWS::CloudWatch::CompositeAlarm": 0.50,
    "AWS::CloudWatch::Dashboard": 3.00,  # beyond three in an account
    "AWS::KMS::Key": 1.00,
    "AWS::SecretsManager::Secret": 0.40,
    "AWS::WAFv2::WebACL": 6.00,  # 5.00, and 1.00 for its one rule
}
PER_CUSTOM_METRIC = 0.30  # a month, in the hours in which it has values; the first ten of an account are free


def of(units: Mapping[str, float]) -> dict[str, float]:
    """What the units cost, by AWS service. Units without a price, such as deliveries to functions, cost nothing."""
    costs: dict[str, float] = {}
    for name, amount in units.items():
        if name == "Lambda GB-seconds":
            price = PER_GB_SECOND
        elif name == "log bytes":
            price = PER_GB_OF_LOGS / 1e9
        else:
            price = PER_MILLION.get(name, 0.0) / 1e6
        if price:
            first = name.split()[0]
            service = _SERVICES.get(first, first)
            costs[service] = costs.get(service, 0.0) + amount * price
    return costs
