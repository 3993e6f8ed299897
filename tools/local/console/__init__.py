"""The console of the local cloud at `/_local/console`: README.md in this folder."""
