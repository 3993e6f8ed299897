"""The local cloud: AWS's APIs on this machine. See README.md."""
