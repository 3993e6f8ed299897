"""`make mail`: what the platform sent, as the local cloud's mailbox has it."""
