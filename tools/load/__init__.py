"""`make load`: shoppers and staff on a running platform, at a rate.

Locust plays them in a process of its own, with the packages of `.venv-load`. The rest runs in `.venv`.
"""
