"""The money of orders: held when they are placed, captured once when they are delivered, let go when they are not."""
