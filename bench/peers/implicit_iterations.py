"""What implicit's iterated models have in common: their own clock counts, so that their set-up does not. `model` is theirs."""

from events import save_factors


class Enough(Exception):
    pass


class Iterations:
    """`units`: what an iteration counts."""

    def fit(self, iterations: int):
        model = self.model(iterations)
        model.fit(self.data, show_progress=False)
        return model

    def run(self, seconds: float) -> dict:
        times = []

        def after(_iteration, elapsed, *_rest):
            times.append(elapsed)
            if sum(times) >= seconds:
                raise Enough

        try:
            self.model(1 << 20).fit(self.data, show_progress=False, callback=after)
        except Enough:
            pass
        return {"units": self.units * len(times), "seconds": sum(times)}

    def factors(self, iterations: int) -> dict:
        """Trains from the start and leaves user and item factors in the folder."""
        model = self.fit(iterations)
        return save_factors(self.folder, model.user_factors, model.item_factors)
