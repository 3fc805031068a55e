"""How the output of the demo's networks is shared among walks and constants, for methods.md."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import nearsight.explain as lrp
from nearsight.data.frames import read_frames
from nearsight.models.files import load_model
from quoting.store import QuoteError, write

NETWORKS = (("schnet", "detach"), ("painn", "detach"), ("painn", "flow"))


def balances(results: Path, name: str, numbers: Path) -> Path:
    """Write the balance at the first frame of the networks with 5 Å and depth 3, in eV.

    Raises:
        QuoteError: the folder has no such network.
    """
    path = numbers / f"{name}.csv"
    frame = pd.DataFrame(_rows(results))
    facts = {
        "table": "balance of the networks with 5 Å and depth 3 at the first frame, in eV",
        "commit": frame.pop("commit").iloc[0],
        "date": frame.pop("date").iloc[0],
        "machine": frame.pop("machine").iloc[0],
        "command": f"python docs/quote.py balances results/{results.name} --as {name}",
    }
    write(path, frame, ["network"], facts)
    return path


def _rows(results: Path) -> Iterator[dict[str, object]]:
    for family, vector in NETWORKS:
        found = sorted(results.glob(f"*/{family}~rc5.0~T3~*/model.safetensors"))
        if not found:
            raise QuoteError(f"{results}: no {family} with 5 Å and depth 3")
        model = load_model(found[0])
        structure = read_frames(found[0].parents[1] / "data.nc").atoms(0)
        chain = lrp.linearize(model.network, structure, vector=vector)
        told = lrp.balance(chain)
        sizes, strongest = _walks(chain)
        yield {
            "network": family if family == "schnet" else f"{family}_{vector}",
            "commit": model.provenance.get("git_commit", "unknown"),
            "date": model.provenance.get("date", "unknown"),
            "machine": model.provenance.get("hardware", "unknown"),
            **{str(column): float(told[column].sum()) for column in told.data_vars},
            "sizes": sizes,
            "constants_over_sizes": _constants(told) / sizes,
            "cancellation": sizes / abs(float(told["walks"])),
            "pairs_over_triples": strongest[2] / strongest[3],
        }


def _constants(told: xr.Dataset) -> float:
    """The sum of the sizes of the constants, in eV, each kind for itself."""
    kinds = ("bias", "vector", "readout_bias", "leak")
    return sum(abs(float(told[kind].sum())) for kind in kinds)


def _walks(chain: lrp.Chain) -> tuple[float, dict[int, float]]:
    """The sum of sizes of all walks, and the largest on two and on three atoms, in eV."""
    total, strongest = 0.0, {2: 0.0, 3: 0.0}
    for walks, relevance in lrp.stream(chain):
        sizes = np.abs(relevance)
        total += float(sizes.sum())
        n_atoms = 1 + (np.diff(np.sort(walks, axis=1), axis=1) != 0).sum(axis=1)
        for n, most in strongest.items():
            strongest[n] = max(most, float(sizes[n_atoms == n].max(initial=0.0)))
    return total, strongest
