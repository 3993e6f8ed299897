"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    api_url: str
    dead_letter_queue_url: str


def config() -> Config:
    return Config(api_url=os.environ["API_URL"], dead_letter_queue_url=os.environ["DEAD_LETTER_QUEUE_URL"])
