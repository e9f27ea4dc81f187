"""What peers that train step by step have in common: `step`, `reset` and `batch` are theirs."""

from clock import repeat


class Training:
    def run(self, seconds: float) -> dict:
        steps, elapsed = repeat(self.step, seconds)
        return {"units": steps * self.batch, "seconds": elapsed}

    def losses(self, steps: int, **first) -> list:
        """Loss of each of the first steps, from the first values (`first`: as `reset` takes them) again."""
        self.reset(**first)
        losses = [self.step().item() for _ in range(steps)]
        self.reset()
        return losses
