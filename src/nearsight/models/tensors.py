"""Named tensors and text as safetensors files that are whole, checksummed and never unpickled."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from nearsight.errors import CorruptFileError
from nearsight.storage import atomic_path, failed_write, require_file

Tensors: TypeAlias = dict[str, torch.Tensor]
"""Tensors by name, as a file holds them."""

CONVERTER = "nearsight convert"
"""The verb by which a user turns a pickled model into files that are safe to read."""

_DIGEST = "content_sha256"
_PICKLE_MAGIC = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def write_tensors(
    tensors: Mapping[str, torch.Tensor], path: Path, metadata: Mapping[str, str]
) -> None:
    """Write named tensors and text atomically, with a checksum over both.

    Args:
        tensors: of any shape (...).
        path: where the file appears once it is whole.
        metadata: text by key, kept in the header.

    Raises:
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    # Clones: safetensors refuses tensors that share memory.
    copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    text = dict(metadata)
    with atomic_path(path) as temporary:
        try:
            save_file(copies, temporary, {**text, _DIGEST: _digest(copies, text)})
        except SafetensorError as error:
            raise failed_write(path, error) from error


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors (...) and text of a file written by :func:`write_tensors`.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: truncated, not safetensors, not ours, or a byte has changed.
    """
    tensors, text = read_plain_tensors(path)
    if _DIGEST not in text:
        raise CorruptFileError(f"{path}: header is not one of nearsight's")
    if text.pop(_DIGEST) != _digest(tensors, text):
        raise CorruptFileError(f"{path}: content does not fit its checksum")
    return tensors, text


def read_plain_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors (...) and text of any safetensors file, with no checksum asked for.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: truncated or not safetensors; a pickle is named as such.
    """
    require_file(path)
    try:
        with safe_open(path, framework="pt") as handle:
            text = dict(handle.metadata() or {})
            return {name: handle.get_tensor(name) for name in handle.keys()}, text  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        message = f"{path}: not a safetensors file ({error}); pickled models are never loaded"
        if _is_pickle(path):
            message = (
                f"{path}: a pickled file; pickled models are never loaded, because loading one "
                f"runs any code in it. If you trust it, convert it with {CONVERTER}"
            )
        raise CorruptFileError(message) from error


def _is_pickle(path: Path) -> bool:
    """Whether a file begins as PyTorch's own files do, a zip archive or a bare pickle."""
    with path.open("rb") as handle:
        return handle.read(4).startswith(_PICKLE_MAGIC)


def _digest(tensors: Mapping[str, torch.Tensor], text: Mapping[str, str]) -> str:
    """SHA-256 over names, shapes, types, bytes and text: safetensors itself has no checksum."""
    digest = hashlib.sha256()
    for key in sorted(text):
        digest.update(f"{key}={text[key]};".encode())
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        digest.update(f"{name}:{tuple(value.shape)}:{value.dtype};".encode())
        if value.numel():  # a tensor of no elements may have strides that no view can be taken of
            digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
