"""What every tool needs: the services, their files, the environments, and Problem, an error in one line."""
