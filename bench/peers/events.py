"""The training interactions as a matrix, and vectors that a peer learned of them."""

import numpy as np
from arrays import load, save
from scipy.sparse import csr_matrix


def matrix(folder: str, users: int, items: int, value: float = 1) -> csr_matrix:
    columns = load(folder, "seen.items")
    values = np.full(len(columns), value, np.float32)
    return csr_matrix((values, columns, load(folder, "seen.offsets")), (users, items))


def save_factors(folder: str, user: np.ndarray, item: np.ndarray) -> dict:
    """Leaves them in the folder (an item bias, if there is one, in the last column)."""
    save(folder, "peer.user", np.asarray(user))
    save(folder, "peer.item", np.asarray(item))
    return {"width": np.asarray(user).shape[1]}
