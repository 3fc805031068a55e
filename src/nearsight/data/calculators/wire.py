"""Messages between processes: a line of JSON and arrays behind it, through pipes."""

import json
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

_PREFIX = 8
"""Bytes that hold the length of the text."""

Message = dict[str, Any]
"""What is said; values that are arrays travel as their bytes, whatever else as JSON."""


def send(pipe: IO[bytes], message: Mapping[str, Any]) -> None:
    """Write a message.

    Raises:
        OSError: nobody reads any more.
    """
    arrays = {k: np.ascontiguousarray(v) for k, v in message.items() if isinstance(v, np.ndarray)}
    head = {
        "values": {key: value for key, value in message.items() if key not in arrays},
        "arrays": [[key, array.dtype.str, array.shape] for key, array in arrays.items()],
    }
    text = json.dumps(head).encode()
    parts = [len(text).to_bytes(_PREFIX, "little"), text, *(a.tobytes() for a in arrays.values())]
    pipe.write(b"".join(parts))
    pipe.flush()


def receive(pipe: IO[bytes]) -> Message:
    """Read a message.

    Raises:
        EOFError: nobody writes any more.
    """
    head = json.loads(_exactly(pipe, int.from_bytes(_exactly(pipe, _PREFIX), "little")))
    message: Message = head["values"]
    for key, kind, shape in head["arrays"]:
        dtype = np.dtype(kind)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        message[key] = np.frombuffer(_exactly(pipe, size), dtype).reshape(shape)
    return message


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    found = pipe.read(size)
    if found is None or len(found) < size:
        raise EOFError
    return found
