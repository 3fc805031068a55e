"""A study of 384 variants on 4 molecules, made by code from a small one: no result of anything.

Every network of the large study takes the numbers of that network of the small one which is nearest
in family, cutoff and depth, shifted by a known factor with noise of a known seed. It serves to see
whether figures can be read, and nothing else.
"""

from itertools import product

import numpy as np
import xarray as xr

DATASETS = ("ethanol", "aspirin", "alanine_dipeptide", "a_long_name_of_a_molecule_1")
CUTOFFS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
DEPTHS = (1, 2, 3, 4)
FEATURES = (32, 64)
N_TRAIN = (100, 400)
SEEDS = (0, 1)
N_VARIANTS = 384
NOISE = 0.15


def enlarged(small: xr.Dataset, *, datasets: tuple[str, ...] = DATASETS) -> xr.Dataset:
    """The large study's table or curves, of those of a small one.

    Args:
        small: along ``model``, with two families at least; curves also along ``reference``.
        datasets: names of its molecules.
    """
    families = list(dict.fromkeys(small["family"].to_numpy().astype(str)))[:2]
    settings = list(product(families, CUTOFFS, DEPTHS, FEATURES, N_TRAIN, SEEDS))
    assert len(settings) == N_VARIANTS
    rows = [(name, *setting) for name in datasets for setting in settings]
    places = np.array([_nearest(small, *row[1:4]) for row in rows])
    large = small.isel(model=places)
    columns = zip(("dataset", "family", "cutoff", "depth", "features", "n_train", "seed"),
                  zip(*rows, strict=True), strict=True)  # fmt: skip
    for name, values in columns:
        large[name] = ("model", np.array(values), small[name].attrs)
    names = ["~".join(map(str, row)) for row in rows]
    large["model"] = ("model", names, small["model"].attrs)
    if "variant" in large.coords:
        large["variant"] = ("model", ["~".join(map(str, row[1:])) for row in rows])
        large["variant"].attrs = small["variant"].attrs
    return _with_references(_disturbed(large), datasets)


def _nearest(small: xr.Dataset, family: str, cutoff: float, depth: int) -> int:
    """Row of the small study: of the family, then by cutoff, then by depth."""
    far = np.abs(np.log(small["cutoff"].to_numpy() / cutoff)) * 10
    far = far + np.abs(small["depth"].to_numpy() - depth)
    far = far + 1e3 * (small["family"].to_numpy().astype(str) != family)
    return int(np.nanargmin(far))


def _disturbed(large: xr.Dataset) -> xr.Dataset:
    """Numbers times a factor of each network: a value and its bounds together."""
    factor = np.exp(NOISE * np.random.default_rng(0).normal(size=large.sizes["model"]))
    shares = {"survival", "restricted_mean_survival_time"}
    fixed = {"duration", "force_precision"}
    changed = {}
    for name, values in large.data_vars.items():
        base = str(name).removesuffix("_low").removesuffix("_high")
        kept = base.startswith("n_") or "share" in base or base in fixed
        if values.dims[:1] != ("model",) or values.dtype.kind != "f" or kept:
            continue
        shape = (-1, *[1] * (values.ndim - 1))
        own = values.to_numpy() * factor.reshape(shape)
        if base in shares:
            own = np.minimum(own, np.nanmax(values.to_numpy()))
        changed[name] = (values.dims, own, values.attrs)
    return large.assign(changed)


def _with_references(large: xr.Dataset, datasets: tuple[str, ...]) -> xr.Dataset:
    if "reference" not in large.dims:
        return large
    large = large.isel(reference=[k % large.sizes["reference"] for k in range(len(datasets))])
    label = xr.Variable("reference", list(datasets), large["reference"].attrs)
    return large.assign_coords(reference=label)
