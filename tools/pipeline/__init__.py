"""The tools of the service `pipeline`: what its builds run, and the commands that set it up, show it and run it."""

# The environments that each pipeline deploys to, one after the other; they are its stages.
STAGES = ("tests", "staging", "prod")
