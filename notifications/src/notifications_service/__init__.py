"""E-mails to shoppers about their orders, each sent once."""
