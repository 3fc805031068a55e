"""Make `coverage_set.nc`: what 180 real Hessians and relevances are by structure and bin.

The test of coverage draws structures from it. Alanine dipeptide at 500 K, all validation and test
frames of the demo, GFN2-xTB and six of the demo's networks. After `make demo`, about six minutes:

    cd tests/unit/collect
    python coverage_set.py ../../../results/demo /tmp/work coverage_set.nc
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from ase.io import write

from nearsight.aims.stability.tables.relevance_against_response import together
from nearsight.collect.decay.bins import bin_edges, bin_pairs
from nearsight.collect.ranks import partial_spearman
from nearsight.collect.shares import CONSTANTS
from nearsight.data.structures import read_structures

DATASET = "alanine_dipeptide"
MODELS = (
    "schnet~rc3.0~T1", "painn~rc3.0~T3", "painn~rc5.0~T1", "schnet~rc5.0~T3", "schnet~rc8.0~T1",
    "painn~rc8.0~T3",
)  # fmt: skip
EDGES = bin_edges(0.5, 9.6)
MOST_ATOMS = 4
BITS = 12
"""Of the significand: sums to 1 part in 4,000, so that the file is small."""


def main(study: Path, work: Path, out: Path) -> None:
    """Run the verbs that have not run yet, then sum up."""
    home = study / DATASET
    frames = work / "frames.xyz"
    subsets = [read_structures(home / "data.nc", subset=s, n_structures=10**5)
               for s in ("validation", "test")]  # fmt: skip
    structures = [atoms for subset in subsets for atoms in subset]
    work.mkdir(exist_ok=True)
    write(frames, structures, format="extxyz")
    n = len(structures)
    run("respond", frames, "--yardstick", "gfn2", "--set", f"n_structures={n}",
        out=work / "reference.nc")  # fmt: skip
    for name in MODELS:
        model = home / f"{name}~F32~n400~s0" / "model.safetensors"
        run("respond", frames, "--model", model, "--set", f"n_structures={n}",
            out=work / f"response-{name}.nc")  # fmt: skip
        run("explain", model, frames, "--n-structures", n, out=work / f"relevance-{name}.nc")
    found = summed(work)
    encoding = {
        name: {"zlib": True, "complevel": 9, "shuffle": True}
        | ({"significant_digits": BITS, "quantize_mode": "BitRound"} if v.dtype.kind == "f" else {})
        for name, v in found.data_vars.items()
        if v.ndim
    }
    found.to_netcdf(out, engine="netcdf4", encoding=encoding)


def run(*arguments: object, out: Path) -> None:
    """A verb of nearsight, unless its output is there."""
    if not out.exists():
        code = "from nearsight.cli import main; main()"
        command = [sys.executable, "-c", code, *map(str, arguments), "--out", str(out)]
        subprocess.run(command, check=True)


def summed(work: Path) -> xr.Dataset:
    """Sums by structure and bin of everything that has an interval over structures."""
    reference = xr.open_dataset(work / "reference.nc")
    bins = by_bin(reference, "norm")
    result = xr.Dataset(
        {
            "count": (("structure", "bin"), bins.counts.astype("int16")),
            "moments": (("moment", "structure", "bin"), bins.moments.astype("float32")),
            "reference": (("structure", "bin"), bins.sums),
            "asymmetry": (("structure", "bin"), by_bin(reference, "asymmetry").sums),
        },
        coords={"edge": EDGES, "model": list(MODELS)},
        attrs={"structures": "alanine dipeptide, GFN2-xTB at 500 K, of the demo"},
    )
    columns = [of_model(work, name) for name in MODELS]
    for name, (dims, _) in columns[0].items():
        widest = max(column[name][1].shape[-1] for column in columns)
        rows = [padded(column[name][1], widest) for column in columns]
        result[name] = ("model", *dims), np.stack(rows)
    floats = [name for name, v in result.data_vars.items() if v.dtype == float]
    return result.assign({name: result[name].astype("float32") for name in floats})


def of_model(work: Path, name: str) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """What the descriptors of one network are computed from."""
    response = xr.open_dataset(work / f"response-{name}.nc").load()
    relevance = xr.open_dataset(work / f"relevance-{name}.nc").load()
    agreement = [
        partial_spearman(pairs.relevance, pairs.response, pairs.distance)
        for pairs in together(relevance, response, "relevance")
    ]
    constants = np.sum([np.abs(relevance[part].to_numpy()) for part in CONSTANTS], axis=0)
    by = ("structure", "bin")
    return {
        "response": (by, by_bin(response, "norm").sums),
        "relevance": (by, by_bin(relevance, "relevance").sums),
        "relevance_contains": (by, by_bin(relevance, "relevance_contains").sums),
        "absolute_range": (
            ("structure", "range"),
            relevance["absolute_range"].sum("n_atoms").transpose("structure", "range").to_numpy(),
        ),
        "absolute_bodies": (
            ("structure", "n_atoms"),
            padded(relevance["absolute_bodies"].to_numpy(), MOST_ATOMS),
        ),
        "walks": (("structure",), relevance["walks"].to_numpy()),
        "constants": (("structure",), constants),
        "faithfulness": (("structure",), np.array(agreement)),
    }


def by_bin(table: xr.Dataset, name: str):
    """Sums of the magnitude of a pair variable."""
    return bin_pairs(
        np.abs(table[name].to_numpy()),
        table["distance"].to_numpy(),
        table.variables["structure"].values,
        EDGES,
    )


def padded(values: np.ndarray, width: int) -> np.ndarray:
    """With zeros behind, to ``width`` columns."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, width - values.shape[-1])])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
