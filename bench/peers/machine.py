"""What the machine can do at this moment: matrix products and copies, by PyTorch, the way its own layers run them."""

import time

import torch


def best(action, seconds: float) -> float:
    """Shortest time of one call."""
    action()
    shortest, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        action()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


class Peer:
    def prepare(self, threads: int) -> dict:
        self.threads = threads
        torch.manual_seed(1)
        self.square = [torch.randn(1536, 1536) for _ in range(3)]
        self.source = torch.randn(32 << 20)
        self.target = torch.empty_like(self.source)
        return {"versions": {"torch": torch.__version__.split("+")[0]}}

    def product(self, threads: int, seconds: float) -> float:
        torch.set_num_threads(threads)
        a, b, c = self.square
        with torch.inference_mode():
            return 2 * 1536**3 / best(lambda: torch.mm(a, b, out=c), seconds)

    def copy(self, threads: int, seconds: float) -> float:
        torch.set_num_threads(threads)
        return 2 * 4 * self.source.numel() / best(lambda: self.target.copy_(self.source), seconds)

    def run(self, seconds: float) -> dict:
        """FLOP/s of a 1536 x 1536 float32 product; bytes/s read plus written of a 128 MiB copy."""
        return {
            "flops": self.product(self.threads, seconds / 2),
            "bytes": self.copy(self.threads, seconds / 2),
        }
