"""SchNetPack models as others train them, with their post-processing, and their own evaluation."""

from pathlib import Path

import numpy as np
import schnetpack as spk
import torch
from ase import Atoms
from schnetpack import properties

from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.schnetpack.inputs import both_ways
from nearsight.models.converting import write_converted

CUTOFF = 4.0
KINDS = {
    "schnet": spk.representation.SchNet,
    "painn": spk.representation.PaiNN,
    "so3net": spk.representation.SO3net,
}
REFERENCES = {1: -13.5, 6: -1029.0, 7: -1485.0, 8: -2042.5}


def trained_elsewhere(
    kind: str = "painn", *, cutoff: float = CUTOFF, features: int = 8, key: str = "energy"
) -> spk.model.NeuralNetworkPotential:
    """A force field with a mean and atom references behind it, biases and all drawn at random."""
    torch.manual_seed(7)
    own = {"lmax": 1} if kind == "so3net" else {}
    table = torch.zeros(20, dtype=torch.float64)
    table[list(REFERENCES)] = torch.tensor(list(REFERENCES.values()), dtype=torch.float64)
    network = spk.model.NeuralNetworkPotential(
        representation=KINDS[kind](
            n_atom_basis=features,
            n_interactions=2,
            radial_basis=spk.nn.GaussianRBF(9, cutoff),
            cutoff_fn=spk.nn.CosineCutoff(cutoff),
            **own,
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(features, output_key=key),
            spk.atomistic.Forces(energy_key=key, force_key="forces"),
        ],
        postprocessors=[
            spk.transform.CastTo64(),
            spk.transform.AddOffsets(
                key,
                add_mean=True,
                add_atomrefs=True,
                atomrefs=table,
                property_mean=torch.tensor(2.5, dtype=torch.float64),
            ),
        ],
    )
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    return network.eval()


def own_energy_and_forces(
    network: spk.model.NeuralNetworkPotential, atoms: Atoms, length: float = 1.0
) -> tuple[float, np.ndarray]:
    """SchNetPack's own forward pass in double precision, its post-processing included.

    Args:
        network: in double precision.
        atoms: a molecule in Å.
        length: the network's unit of length in Å.

    Returns:
        Energy and forces (atom, 3) in the network's own units.
    """
    position = torch.as_tensor(atoms.positions / length)
    cutoff = float(network.representation.cutoff_fn.cutoff)
    i, j = both_ways(*neighbor_pairs(position[None], cutoff))
    inputs = {
        properties.Z: torch.as_tensor(atoms.numbers.astype(np.int64)),
        properties.R: position,
        properties.idx_i: i,
        properties.idx_j: j,
        properties.offsets: torch.zeros(len(i), 3, dtype=torch.float64),
        properties.idx_m: torch.zeros(len(atoms), dtype=torch.long),
        properties.n_atoms: torch.tensor([len(atoms)]),
    }
    found = network(inputs)
    key = network.output_modules[0].output_key
    return found[key].item(), found["forces"].detach().numpy()


def write_elsewhere(folder: Path, kind: str = "painn", *, unit: str = "eV", **options: object):
    """A converted model in a folder, and the network that it was made of in double precision."""
    shape = {name: options.pop(name) for name in ("cutoff", "features", "key") if name in options}
    network = trained_elsewhere(kind, **shape)
    write_converted(network, folder, unit=unit, **options)
    return network.double()
