"""SHA-256 of what a file holds, so that a flipped bit or a swapped part is noticed."""

import hashlib
from typing import Any

import numpy as np
import torch


def sha256_of(parts: Any) -> str:
    """Hexadecimal SHA-256 of nested tables, lists, tensors, numbers and words.

    The order of a table's entries does not count, names, types, shapes and values do.
    """
    digest = hashlib.sha256()
    _feed(digest, parts)
    return digest.hexdigest()


def _feed(digest: Any, part: Any) -> None:
    if isinstance(part, dict):
        digest.update(b"{")
        for name in sorted(part, key=str):
            _feed(digest, str(name))
            _feed(digest, part[name])
        digest.update(b"}")
    elif isinstance(part, list | tuple):
        digest.update(b"[")
        for entry in part:
            _feed(digest, entry)
        digest.update(b"]")
    elif isinstance(part, torch.Tensor):
        digest.update(f"{part.dtype} {tuple(part.shape)} ".encode())
        raw = part.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(np.asarray(raw).tobytes())
    else:
        digest.update(f"{part!r};".encode())
