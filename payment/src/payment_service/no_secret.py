"""In place of the merchant's secret, for a function that only checks holds and so needs none."""


class NoSecret:
    def read(self) -> str:
        raise RuntimeError("this function has no secret: it can only check holds")

    def forget(self) -> None:
        """Does nothing."""
