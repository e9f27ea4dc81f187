"""Arrays that the benchmark and a peer share: raw little-endian files NAME.i32 and NAME.f32 in one folder."""

import os

import numpy as np


def load(folder: str, name: str, *shape: int) -> np.ndarray:
    for suffix, dtype in (("i32", np.int32), ("f32", np.float32)):
        path = os.path.join(folder, f"{name}.{suffix}")
        if os.path.exists(path):
            values = np.fromfile(path, dtype)
            return values.reshape(shape) if shape else values
    raise FileNotFoundError(name)


def save(folder: str, name: str, values: np.ndarray) -> None:
    suffix, dtype = ("i32", np.int32) if np.issubdtype(values.dtype, np.integer) else ("f32", np.float32)
    np.ascontiguousarray(values, dtype).tofile(os.path.join(folder, f"{name}.{suffix}"))


def parameter(folder: str, name: str, *shape: int) -> np.ndarray:
    """A model parameter; "/" in its name is "." in the file's."""
    return load(folder, name.replace("/", "."), *shape)
