"""Turn a pickled SchNetPack 2.x model into two files that are safe to share and to read.

    python convert_schnetpack_model.py best_model converted --unit eV

SchNetPack's `best_model` is a Python pickle: loading it runs whatever code is in it. nearsight
never does that. Run this script by your own hand, where nearsight is installed beside the
SchNetPack that can load the file, on a file that you trust. It writes

    converted/weights.safetensors      the state dict of representation and head
    converted/hyperparameters.json     what they are made of, units and offsets

and then `nearsight explain converted structures.xyz --out relevance.nc` reads them.
"""

import argparse
import json
import math
from pathlib import Path

import schnetpack as spk
import torch
from safetensors.torch import save_file

from nearsight.errors import UnsupportedModelError
from nearsight.families.schnetpack.network import embedding_table, read_makeup

CASTS = {"CastTo32", "CastTo64", "CastMap"}


def main() -> None:
    """Convert one file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path, help="pickled model that you trust, e.g. best_model")
    parser.add_argument("folder", type=Path, help="folder to write")
    parser.add_argument("--unit", required=True, help="unit of the output, e.g. eV")
    parser.add_argument("--length-unit", default="angstrom", choices=("angstrom", "bohr", "nm"))
    parser.add_argument("--output", help="key of the output; needed if there are several heads")
    arguments = parser.parse_args()
    # weights_only=False unpickles: this is the step that only you may decide on.
    model = torch.load(arguments.model, map_location="cpu", weights_only=False).eval()
    index, head = find_head(model, arguments.output)
    try:
        makeup = read_makeup(model.representation, head)
    except UnsupportedModelError as error:
        raise SystemExit(str(error)) from None
    document = {
        "format": 1,
        "representation": makeup.representation.model_dump(),
        "head": makeup.head.model_dump(),
        "property_unit": arguments.unit,
        "length_unit": arguments.length_unit,
        "offsets": describe_offsets(model, document_key(head)),
        "origin": f"{arguments.model.name}, SchNetPack {getattr(model, 'spk_version', '?')}",
    }
    arguments.folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2, allow_nan=False)
    (arguments.folder / "hyperparameters.json").write_text(text + "\n", encoding="utf-8")
    save_file(weights(model, index), arguments.folder / "weights.safetensors")
    kinds = document["representation"]["kind"], document["head"]["kind"]
    print(f"{arguments.folder}: {' with '.join(kinds)}")


def find_head(model: torch.nn.Module, output: str | None) -> tuple[int, torch.nn.Module]:
    """Place and module of the head that gives the output."""
    kinds = spk.atomistic.Atomwise, spk.atomistic.DipoleMoment
    heads = [(k, m) for k, m in enumerate(model.output_modules) if isinstance(m, kinds)]
    if output is not None:
        heads = [(k, m) for k, m in heads if document_key(m) == output]
    if len(heads) != 1:
        keys = [document_key(m) for m in model.output_modules if isinstance(m, kinds)]
        raise SystemExit(f"{len(heads)} heads fit: choose one of {keys} with --output")
    return heads[0]


def document_key(head: torch.nn.Module) -> str:
    """Key of a head's output."""
    return head.dipole_key if isinstance(head, spk.atomistic.DipoleMoment) else head.output_key


def describe_offsets(model: torch.nn.Module, key: str) -> dict:
    """What post-processing adds to the output."""
    offsets = {"mean": 0.0, "per_atom": True, "atom_reference": {}}
    for step in model.postprocessors:
        name = type(step).__name__
        if name in CASTS or getattr(step, "_property", key) != key:
            continue
        if name != "AddOffsets":
            raise SystemExit(f"postprocessor {name} changes the output and is not carried over")
        offsets["per_atom"] = bool(step.is_extensive)
        if step.add_mean:
            offsets["mean"] = float(step.mean)
        if step.add_atomrefs:
            table = step.atomref.flatten().tolist()
            known = {str(z): value for z, value in enumerate(table) if z and math.isfinite(value)}
            offsets["atom_reference"] = known
    return offsets


def weights(model: torch.nn.Module, index: int) -> dict[str, torch.Tensor]:
    """State dict of representation and head, the head in first place; no shared memory."""
    state = model.representation.state_dict(prefix="representation.")
    state = {k: v for k, v in state.items() if not k.startswith("representation.embedding.")}
    state["representation.embedding.weight"] = embedding_table(model.representation)
    state |= model.output_modules[index].state_dict(prefix="output_modules.0.")
    return {name: value.detach().clone().contiguous() for name, value in state.items()}


if __name__ == "__main__":
    main()
