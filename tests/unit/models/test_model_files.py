"""Model files: bitwise round trip; what is not one of ours is refused, never unpickled."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from nearsight.config import Variant
from nearsight.errors import CorruptFileError, MissingFileError
from nearsight.families.registry import build_network
from nearsight.models.files import SCHEMA_VERSION, load_model, save_model
from nearsight.models.model import Model
from nearsight.models.tensors import read_tensors, write_tensors


@pytest.fixture
def model(variant: Variant) -> Model:
    reference = {1: -13.600000000000001, 6: -1030.1, 8: 1 / 3}
    return Model(build_network(variant), variant, reference, provenance={"run": {"seed": 1}})


def test_round_trip_is_bitwise(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    loaded = load_model(path)
    before, after = model.network.state_dict(), loaded.network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    for name in ("variant", "atom_reference", "status", "reason", "provenance"):
        assert getattr(loaded, name) == getattr(model, name)
    assert not loaded.network.training


def test_a_diverged_model_says_why(model: Model, tmp_path: Path) -> None:
    diverged = replace(model, status="diverged", reason="loss not finite")
    save_model(diverged, tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    assert (loaded.status, loaded.reason) == ("diverged", "loss not finite")


def test_header_is_plain_json(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", framework="pt") as handle:
        header = json.loads(handle.metadata()["nearsight"])
    assert header["variant"] == model.variant.model_dump()
    assert header["schema_version"] == SCHEMA_VERSION


class Trap:
    """Unpickling this leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("writer", ["pickle", "torch"])
def test_pickled_model_is_refused_unopened(writer: str, tmp_path: Path) -> None:
    path, trace = tmp_path / "m.safetensors", tmp_path / "trace"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Trap(trace)))
    else:
        torch.save(Trap(trace), path)
    with pytest.raises(CorruptFileError, match="pickled models are never loaded"):
        load_model(path)
    assert not trace.exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_truncated_file(share: float, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(model, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CorruptFileError, match=r"m\.safetensors: "):
        load_model(path)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7, 0.9, 0.999])
def test_flipped_byte(place: float, model: Model, tmp_path: Path) -> None:
    """safetensors has no checksum of its own: without ours other weights load silently."""
    path = tmp_path / "m.safetensors"
    save_model(model, path)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0x01
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"m\.safetensors: "):
        load_model(path)


def test_foreign_safetensors_file(model: Model, tmp_path: Path) -> None:
    save_file(model.network.state_dict(), tmp_path / "m.safetensors")
    with pytest.raises(CorruptFileError, match="header is not one of nearsight's"):
        load_model(tmp_path / "m.safetensors")


def header_of(model: Model, tmp_path: Path) -> dict:
    save_model(model, tmp_path / "whole.safetensors")
    return json.loads(read_tensors(tmp_path / "whole.safetensors")[1]["nearsight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "schema version 99, this nearsight reads 1"),
        ({"surprise": 1}, "header is not one of nearsight's"),
        ({"variant": {"family": "gap"}}, "header is not one of nearsight's"),
        ({"status": "fine"}, "header is not one of nearsight's"),
    ],
)
def test_header_of_another_kind(change: dict, message: str, model: Model, tmp_path: Path) -> None:
    text = json.dumps({**header_of(model, tmp_path), **change})
    write_tensors(model.network.state_dict(), tmp_path / "m.safetensors", {"nearsight": text})
    with pytest.raises(CorruptFileError, match=message):
        load_model(tmp_path / "m.safetensors")


def test_weights_of_another_variant(model: Model, tmp_path: Path) -> None:
    header = header_of(model, tmp_path)
    header["variant"]["features"] = 16
    text = {"nearsight": json.dumps(header)}
    write_tensors(model.network.state_dict(), tmp_path / "m.safetensors", text)
    with pytest.raises(CorruptFileError, match=r"weights do not fit .*~F16~"):
        load_model(tmp_path / "m.safetensors")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        load_model(tmp_path / "absent.safetensors")
