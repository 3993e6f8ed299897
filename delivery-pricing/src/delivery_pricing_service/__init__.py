"""What it costs to have an order delivered."""
