"""The payments of orders: a hold when the order is created, captured once on delivery, voided when the order ends."""
