"""SES: mails that SES accepts stay on this machine, in a mailbox for users and tests."""
