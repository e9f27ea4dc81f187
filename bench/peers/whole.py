"""What peers that work in whole pieces have in common: `fit` is theirs."""

from clock import repeat


class Whole:
    def run(self, seconds: float) -> dict:
        units, elapsed = repeat(self.fit, seconds)
        return {"units": units, "seconds": elapsed}
