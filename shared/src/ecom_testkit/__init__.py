"""What tests share: polling, events caught on the bus, a platform seen from outside. Never ships."""
