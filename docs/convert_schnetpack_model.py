"""Turn a pickled SchNetPack 2.x model into two files that are safe to share and to read.

    python convert_schnetpack_model.py best_model converted --unit eV

SchNetPack's `best_model` is a Python pickle: loading it runs whatever code is in it. nearsight
never does that. Run this script by your own hand, in the environment you trained in, on a file that
you trust; it needs torch, schnetpack and safetensors, and nothing of nearsight. It writes

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

ACTIVATIONS = {"SiLU": "silu", "Tanh": "tanh", "ReLU": "relu", "GELU": "gelu", "ELU": "elu"}
ACTIVATIONS |= {"Identity": "identity", "NoneType": "identity"}
KNOWN = {"silu", "shifted_softplus", "tanh", "relu", "gelu", "elu"}
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
    document = {
        "format": 1,
        "representation": describe_representation(model.representation),
        "head": describe_head(head),
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


def describe_representation(net: torch.nn.Module) -> dict:
    """Hyperparameters of SchNet or PaiNN."""
    kind = type(net).__name__
    if kind not in ("SchNet", "PaiNN"):
        raise SystemExit(f"representation {kind}: only SchNet and PaiNN are covered")
    if len(net.electronic_embeddings):
        raise SystemExit("electronic embeddings are not covered: they mix all atoms")
    basis, block = net.radial_basis, net.interactions[0]
    layer = block.f2out[0] if kind == "SchNet" else block.interatomic_context_net[0]
    if kind == "SchNet":
        own = {"n_filters": net.n_filters}
    else:
        own = {"shared_filters": net.share_filters, "epsilon": net.mixing[0].epsilon}
    return {
        "kind": kind,
        "n_atom_basis": net.n_atom_basis,
        "n_interactions": len(net.interactions),
        "n_embedding": len(embedding_table(net)),
        "radial_basis": type(basis).__name__,
        "n_radial": basis.n_rbf,
        "trainable_basis": any(True for _ in basis.parameters()),
        "cutoff_function": type(net.cutoff_fn).__name__,
        "cutoff": float(net.cutoff_fn.cutoff),
        "activation": activation_name(layer.activation),
        "shared_interactions": len(net.interactions) > 1 and net.interactions[1] is block,
        **own,
    }


def describe_head(head: torch.nn.Module) -> dict:
    """Hyperparameters of an Atomwise or DipoleMoment head."""
    if isinstance(head, spk.atomistic.Atomwise):
        first, hidden = head.outnet[0], [layer.out_features for layer in head.outnet[:-1]]
        if head.n_out != 1 or head.aggregation_mode not in ("sum", "avg"):
            raise SystemExit("Atomwise must give one value, pooled by sum or avg")
        own = {"aggregation": head.aggregation_mode}
    else:
        if not head.predict_magnitude:
            raise SystemExit("DipoleMoment must predict the magnitude (predict_magnitude)")
        gated = head.use_vector_representation
        first = head.outnet[0].scalar_net[0] if gated else head.outnet[0]
        hidden = [b.n_sout if gated else b.out_features for b in head.outnet[:-1]]
        own = {"correct_charges": head.correct_charges, "local_dipoles": gated}
    # A head of one dense layer has no activation anywhere.
    alone = isinstance(first, spk.nn.Dense) and not hidden and not own.get("local_dipoles")
    return {
        "kind": type(head).__name__,
        "output": document_key(head),
        "n_hidden": hidden,
        "activation": "silu" if alone else activation_name(first.activation),
        **own,
    }


def activation_name(activation: object) -> str:
    """Name of an activation, given as a function or a module."""
    name = getattr(activation, "__name__", None)
    if name is None:
        name = ACTIVATIONS.get(type(activation).__name__, type(activation).__name__)
    if name not in KNOWN | {"identity"}:
        raise SystemExit(f"activation {name} is not covered: known are {sorted(KNOWN)}")
    return name


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


def embedding_table(net: torch.nn.Module) -> torch.Tensor:
    """Embedding of every element; SchNetPack's NuclearEmbedding keeps its own when evaluated."""
    embedding = net.embedding
    return embedding.weight if isinstance(embedding, torch.nn.Embedding) else embedding.embedding


def weights(model: torch.nn.Module, index: int) -> dict[str, torch.Tensor]:
    """State dict of representation and head, the head in first place; no shared memory."""
    state = model.representation.state_dict(prefix="representation.")
    state = {k: v for k, v in state.items() if not k.startswith("representation.embedding.")}
    state["representation.embedding.weight"] = embedding_table(model.representation)
    state |= model.output_modules[index].state_dict(prefix="output_modules.0.")
    return {name: value.detach().clone().contiguous() for name, value in state.items()}


if __name__ == "__main__":
    main()
