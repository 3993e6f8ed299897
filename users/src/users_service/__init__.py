"""Who can sign in, and the news of somebody new."""
