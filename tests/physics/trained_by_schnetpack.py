"""A PaiNN trained by SchNetPack's own task, data module and checkpoint, as its users train.

Called as a script, in a process and a folder of its own: FOLDER/frames.xyz becomes
FOLDER/best_model, SchNetPack's pickled file, and FOLDER/own.npz, what its own calculator says.
"""

import os
import sys

import ase.io
import numpy as np
import pytorch_lightning as pl
import schnetpack as spk
import torch
import torchmetrics
from ase import units
from ase.calculators.singlepoint import SinglePointCalculator
from schnetpack import transform as trn

CUTOFF = 4.0
UNITS = {"energy": "kcal/mol", "forces": "kcal/mol/Ang"}
KCAL = units.kcal / units.mol


def main() -> None:
    """Train, then ask SchNetPack's calculator."""
    os.chdir(sys.argv[1])
    pl.seed_everything(0)
    frames = ase.io.read("frames.xyz", index=":")
    data = spk.data.ASEAtomsData.create(
        "data.db", distance_unit="Ang", property_unit_dict=UNITS, atomrefs={}
    )
    data.add_systems([labels(atoms) for atoms in frames], frames)
    train(len(frames))
    model = torch.load("best_model", map_location="cpu", weights_only=False)
    calculator = spk.interfaces.SpkCalculator(
        model,
        neighbor_list=trn.MatScipyNeighborList(cutoff=CUTOFF),
        energy_key="energy",
        force_key="forces",
        energy_unit="kcal/mol",
        position_unit="Ang",
        dtype=torch.float32,
    )
    energy, force = [], []
    for atoms in frames:
        atoms.calc = calculator
        energy.append(float(atoms.get_potential_energy()))
        force.append(atoms.get_forces())
    np.savez("own.npz", energy=energy, force=force)


def labels(atoms: ase.Atoms) -> dict[str, np.ndarray]:
    """What the file says of a frame, in kcal/mol."""
    found = atoms.calc
    assert isinstance(found, SinglePointCalculator)
    return {
        "energy": np.array([found.results["energy"] / KCAL]),
        "forces": found.results["forces"] / KCAL,
    }


def train(n_frames: int) -> None:
    """A few epochs, with SchNetPack's own checkpoint of the best model."""
    data = spk.data.AtomsDataModule(
        "data.db",
        batch_size=8,
        num_train=n_frames - 8,
        num_val=8,
        split_file="split.npz",
        num_workers=0,
        property_units=UNITS,
        distance_unit="Ang",
        transforms=[
            trn.SubtractCenterOfMass(),
            trn.RemoveOffsets("energy", remove_mean=True, is_extensive=True),
            trn.MatScipyNeighborList(cutoff=CUTOFF),
            trn.CastTo32(),
        ],
    )
    network = spk.model.NeuralNetworkPotential(
        representation=spk.representation.PaiNN(
            n_atom_basis=16,
            n_interactions=2,
            radial_basis=spk.nn.GaussianRBF(12, CUTOFF),
            cutoff_fn=spk.nn.CosineCutoff(CUTOFF),
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(16, output_key="energy"),
            spk.atomistic.Forces(),
        ],
        postprocessors=[trn.CastTo64(), trn.AddOffsets("energy", add_mean=True)],
    )
    outputs = [
        spk.task.ModelOutput(
            name=name,
            loss_fn=torch.nn.MSELoss(),
            loss_weight=weight,
            metrics={"mae": torchmetrics.MeanAbsoluteError()},
        )
        for name, weight in (("energy", 0.01), ("forces", 0.99))
    ]
    task = spk.task.AtomisticTask(network, outputs, torch.optim.AdamW, optimizer_args={"lr": 1e-2})
    best = spk.train.ModelCheckpoint(model_path="best_model", monitor="val_loss")
    trainer = pl.Trainer(
        max_epochs=12,
        accelerator="cpu",
        callbacks=[best],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(task, datamodule=data)


if __name__ == "__main__":
    main()
