"""Studies with analytic content: every number that a figure draws can be written down here."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import xarray as xr

from nearsight.aims.registry import AIMS

FIGURES = {
    figure.name: figure
    for figure in AIMS["stability"].figures()
    if figure.source != "association" and figure.name != "parity"
}
"""Those of a study of stability that show its models as curves or points, by name."""
AXES = ("family", "cutoff", "depth", "features", "n_train", "seed", "radial_basis")
MODEL_COORDS = ("dataset", "variant", *AXES, "status", "reason")
UNITS = {
    "relevance": "eV",
    "response": "eV angstrom-2",
    "reference_response": "eV angstrom-2",
    "reference_noise": "eV angstrom-2",
    "distance": "angstrom",
    "cutoff": "angstrom",
    "time": "ps",
    "wavenumber": "cm-1",
    "range": "angstrom",
    "relevance_range_90": "angstrom",
    "spectrum": "cm",
    "drift": "meV atom-1 ps-1",
    "block_time": "ps",
    "block_temperature": "K",
    "block_potential_energy_change": "eV",
    "validation_force_mae": "meV angstrom-1",
    "training_seconds": "s",
    "force_mae": "meV angstrom-1",
    "response_deviation": "decades",
    "response_deviation_signed": "decades",
    "restricted_mean_survival_time": "ps",
}
DISTANCE = np.arange(0.25, 12, 0.5)
TIME = np.linspace(0, 2, 21)
BLOCK_TIME = np.array([0.0, 0.3, 0.9, 1.5])
N_REPLICAS = 8
RANGE = np.arange(0.25, 15, 0.25)
FRACTION = (np.arange(13) / 12) ** 2
WAVENUMBER = np.arange(0, 4170, 33.0)
END_KINDS = (
    "survived", "bond", "close_contact", "not_finite", "temperature", "topology", "isolated",
    "energy", "compute_limit",
)  # fmt: skip
PHYSICS = ("D3 dispersion", "D4 dispersion", "point charges", "bond order")
EXPONENTS = np.array([-6.0, -6.2, -1.0, -9.0])
SECONDS_PER_EPOCH = 2.0


def variants(
    datasets: Sequence[str] = ("ethanol",),
    family: Sequence[str] = ("schnet", "painn"),
    cutoff: Sequence[float] = (3.0, 5.0, 8.0),
    depth: Sequence[int] = (1, 3),
    features: Sequence[int] = (64,),
    n_train: Sequence[int] = (400,),
    seed: Sequence[int] = (0,),
    radial_basis: Sequence[str] = ("gaussian",),
) -> list[dict[str, object]]:
    axes = (family, cutoff, depth, features, n_train, seed, radial_basis)
    return [
        {"dataset": name, **dict(zip(AXES, values, strict=True)), "status": "ok", "reason": ""}
        for name in datasets
        for values in product(*axes)
    ]


def exponent(row: dict[str, object]) -> float:
    return {"schnet": 4.0, "painn": 5.0, "new": 6.0}[row["family"]] + 8.0 / row["cutoff"]


def height(row: dict[str, object]) -> float:
    return 1.0 + row["seed"]


def decay(row: dict[str, object], power: float, reach: float) -> np.ndarray:
    values = height(row) * DISTANCE**-power
    return np.where((DISTANCE < 1) | (reach < DISTANCE), 0 if reach < 12 else np.nan, values)


def survival_of(row: dict[str, object]) -> np.ndarray:
    return np.exp(-TIME * row["depth"] / row["cutoff"]) - 0.01 * row["seed"]


def end_share_of(row: dict[str, object]) -> np.ndarray:
    """By kind of end; failures are shared 6:3:1 by bonds, topology and energy."""
    share = np.zeros(len(END_KINDS))
    survived = survival_of(row)[-1]
    share[0] = survived
    for kind, part in (("bond", 0.6), ("topology", 0.3), ("energy", 0.1)):
        share[END_KINDS.index(kind)] = part * (1 - survived)
    share[-1] = np.nan
    return share


def drift_of(row: dict[str, object]) -> float:
    sign = 1 if row["family"] == "schnet" else -1
    return sign * 0.01 * 10 ** (row["cutoff"] / 4) / row["depth"] * height(row)


def temperature_of(row: dict[str, object]) -> np.ndarray:
    """Rises with time, cutoff and seed from one start."""
    return 500 + BLOCK_TIME * (10 * row["cutoff"] + 5 * row["depth"] + row["seed"])


def energy_of(row: dict[str, object]) -> np.ndarray:
    return (500 - temperature_of(row)) / 400


def running_of(row: dict[str, object]) -> np.ndarray:
    """Fewer than half of the replicas at the last block where the cutoff is long."""
    return np.array([8.0, 8.0, 5.0, 3.0 if row["cutoff"] > 4 else 6.0])


def distance_error_of(row: dict[str, object]) -> float:
    return 0.02 * row["cutoff"] + 0.01 * row["depth"]


def spectrum_of(shift: float) -> np.ndarray:
    peaks = ((400.0, 60.0), (1200.0 + shift, 150.0), (3000.0 + 2 * shift, 80.0))
    values = sum(np.exp(-(((WAVENUMBER - at) / width) ** 2)) for at, width in peaks)
    return values / (values.sum() * 33.0)


def shares_of(row: dict[str, object], most: int) -> np.ndarray:
    orders = np.arange(1, most + 1)
    raw = np.where(orders <= row["depth"] + 1, 0.6**orders, np.nan)
    return raw / np.nansum(raw)


def errors_of(row: dict[str, object], n_epochs: int) -> np.ndarray:
    epochs = np.arange(1, n_epochs + 1)
    return 200.0 / np.sqrt(epochs) * (1 + 0.1 * row["seed"]) + row["cutoff"]


def agreement_of(row: dict[str, object]) -> np.ndarray:
    """Rank correlation that falls with distance and ends at the cutoff."""
    inside = (DISTANCE >= 1) & (row["cutoff"] > DISTANCE)
    return np.where(inside, 0.8 - 0.05 * DISTANCE - 0.02 * row["seed"], np.nan)


def range_share_of(row: dict[str, object], most: int) -> np.ndarray:
    """(order, range): more atoms reach further, and nothing beyond the receptive field."""
    orders, upper = np.arange(1, most + 1)[:, None], RANGE[None]
    raw = np.exp(-upper / (0.5 * orders)) * 0.5**orders
    raw = np.where((orders == 1) & (upper > RANGE[0]), 0, raw)
    raw = np.where(upper > row["cutoff"] * (orders - 1) + 0.5, 0, raw)
    raw = np.where(orders > row["depth"] + 1, np.nan, raw)
    return raw / np.nansum(raw)


def removed_of(row: dict[str, object]) -> np.ndarray:
    """(order, fraction): the change under each order is a power of the share removed."""
    return FRACTION ** (np.array([[0.3], [0.2], [0.4], [0.9]]) + row["cutoff"] / 50)


def element_of(row: dict[str, object]) -> np.ndarray:
    return np.array([1.5, 0.6, 1.2]) + 0.05 * row["cutoff"]


def element_pair_of(row: dict[str, object]) -> np.ndarray:
    return np.array([1.4, 0.9, 1.3, 0.4]) + 0.02 * row["cutoff"]


def make_curves(rows: list[dict[str, object]], n_epochs: int = 12) -> xr.Dataset:
    most = max(row["depth"] for row in rows) + 1
    names = list(dict.fromkeys(row["dataset"] for row in rows))
    columns = {
        "relevance": [decay(row, exponent(row), row["cutoff"]) for row in rows],
        "response": [decay(row, exponent(row) - 1, row["cutoff"] * row["depth"]) for row in rows],
        "survival": [survival_of(row) for row in rows],
        "body_order_share": [shares_of(row, most) for row in rows],
        "end_share": [end_share_of(row) for row in rows],
        "drift": [drift_of(row) for row in rows],
        "distance_error": [distance_error_of(row) for row in rows],
        "block_temperature": [temperature_of(row) for row in rows],
        "block_potential_energy_change": [energy_of(row) for row in rows],
        "spectrum": [spectrum_of(10 * row["cutoff"]) for row in rows],
        "faithfulness_bin": [agreement_of(row) for row in rows],
        "faithfulness_bin_distance": [agreement_of(row) - 0.5 for row in rows],
        "range_share": [range_share_of(row, most) for row in rows],
        "ablation": [removed_of(row) for row in rows],
        "element_relevance": [element_of(row) for row in rows],
        "element_pair_relevance": [element_pair_of(row) for row in rows],
        "element_pair_response": [element_pair_of(row) ** 0.5 for row in rows],
    }
    other = {
        "survival": ["time"],
        "body_order_share": ["n_atoms"],
        "end_share": ["end_kind"],
        "spectrum": ["wavenumber"],
        "drift": [],
        "distance_error": [],
        "block_temperature": ["block_time"],
        "block_potential_energy_change": ["block_time"],
        "range_share": ["n_atoms", "range"],
        "ablation": ["order", "fraction"],
        "element_relevance": ["element"],
        "element_pair_relevance": ["element_pair"],
        "element_pair_response": ["element_pair"],
    }
    dataset = xr.Dataset(coords=_coords(rows, names, most, n_epochs))
    for name, values in columns.items():
        dims = ("model", *other.get(name, ["distance"]))
        for end, factor in (("", 1.0), ("_low", 0.8), ("_high", 1.25)):
            dataset[f"{name}{end}"] = (dims, np.array(values) * factor)
    dataset["relevance_count"] = ("model", "distance"), np.tile(40.0 + DISTANCE, (len(rows), 1))
    dataset["n_running"] = ("model", "block_time"), [running_of(row) for row in rows]
    dataset["n_replicas"] = "model", np.full(len(rows), float(N_REPLICAS))
    dataset["validation_force_mae"] = ("model", "epoch"), [errors_of(r, n_epochs) for r in rows]
    epochs = np.arange(1, n_epochs + 1)
    seconds = [SECONDS_PER_EPOCH * row["depth"] * epochs for row in rows]
    dataset["training_seconds"] = ("model", "epoch"), seconds
    for name, (dims, value) in reference_values().items():
        for end, factor in (("", 1.0), ("_low", 0.7), ("_high", 1.4)):
            values = np.stack([value * factor] * len(names))
            dataset[f"reference_{name}{end}"] = ("reference", *dims), values
    dataset["reference_noise"] = (
        ("reference", "distance"),
        np.full((len(names), len(DISTANCE)), 1e-4),
    )
    for end, factor in (("", 1.0), ("_low", 0.7), ("_high", 1.4)):
        values = np.stack([physics() * factor] * len(names))
        dataset[f"reference_curve{end}"] = ("reference", "curve", "distance"), values
        exponents = np.stack([EXPONENTS / np.sqrt(factor)] * len(names))
        dataset[f"reference_curve_exponent{end}"] = ("reference", "curve"), exponents
    return describe_all(dataset)


def physics() -> np.ndarray:
    """(curve, distance): power laws, and an exponential for bonds."""
    inside = np.where(DISTANCE < 1, np.nan, DISTANCE)
    laws = [height * inside**power for height, power in ((9.0, -6.0), (7.0, -6.2), (0.2, -1.0))]
    return np.array([*laws, 30 * np.exp(-3 * inside)])


def reference_values() -> dict[str, tuple[list[str], np.ndarray]]:
    """What the reference engine has, by name of the models' curve."""
    share = np.where(np.array(END_KINDS) == "survived", 0.75, 0)
    share[END_KINDS.index("topology")] = 0.25
    return {
        "response": (["distance"], np.where(DISTANCE < 1, np.nan, 20 * DISTANCE**-4.5)),
        "survival": (["time"], np.where(TIME < 1.5, 1.0, 0.75)),
        "end_share": (["end_kind"], share),
        "drift": ([], np.array(-0.002)),
        "distance_error": ([], np.array(0.04)),
        "block_temperature": (["block_time"], 500 + 2 * BLOCK_TIME),
        "block_potential_energy_change": (["block_time"], -0.01 * BLOCK_TIME),
        "spectrum": (["wavenumber"], spectrum_of(0)),
    }


def _coords(
    rows: list[dict[str, object]], names: list[str], most: int, n_epochs: int
) -> dict[str, object]:
    return {
        **_models(rows),
        "reference": names,
        "distance": DISTANCE,
        "n_atoms": np.arange(1, most + 1),
        "time": TIME,
        "block_time": BLOCK_TIME,
        "end_kind": list(END_KINDS),
        "wavenumber": WAVENUMBER,
        "range": RANGE,
        "curve": list(PHYSICS),
        "order": ["relevance", "response", "distance", "random"],
        "fraction": FRACTION,
        "element": ["C", "H", "O"],
        "element_pair": ["C-C", "C-H", "C-O", "H-H"],
        "epoch": np.arange(1, n_epochs + 1),
    }


def _models(rows: list[dict[str, object]]) -> dict[str, object]:
    """Coordinates of the list of models."""
    ids = ["~".join(str(row[axis]) for axis in AXES) for row in rows]
    along = {key: ("model", [row[key] for row in rows]) for key in MODEL_COORDS if key != "variant"}
    return {
        "model": [f"{row['dataset']}/{name}" for row, name in zip(rows, ids, strict=True)],
        "variant": ("model", ids),
        **along,
    }


def make_table(rows: list[dict[str, object]]) -> xr.Dataset:
    """The study table, as ``nearsight collect`` writes it."""
    table = xr.Dataset(coords=_models(rows))
    values = [{**numbers_of(row), "force_mae": 100 + 5 * row["cutoff"]} for row in rows]
    for name in values[0]:
        ends = {"": 1.0} if name == "force_mae" else {"": 1.0, "_low": 0.9, "_high": 1.2}
        for end, factor in ends.items():
            table[f"{name}{end}"] = "model", np.array([row[name] for row in values]) * factor
    return describe_all(table)


def deviation_of(row: dict[str, object]) -> float:
    return 0.1 * row["cutoff"] + 0.05 * row["depth"] + 0.02 * row["seed"]


def signed_of(row: dict[str, object]) -> float:
    return 0.3 * row["cutoff"] - 1.6 + 0.02 * row["seed"] - 0.05 * row["depth"]


def heating_of(row: dict[str, object]) -> float:
    return 8.0 * row["cutoff"] + row["seed"] if row["family"] == "schnet" else -3.0


def descriptors_of(row: dict[str, object]) -> dict[str, float]:
    cutoff, depth = row["cutoff"], row["depth"]
    return {
        "response_deviation_signed": signed_of(row),
        "response_ratio_7": 10 ** signed_of(row),
        "heating": heating_of(row),
        "response_deviation": deviation_of(row),
        "response_exponent": -exponent(row) + 1,
        "relevance_exponent": -exponent(row),
        "relevance_tail_share": 0.01 * cutoff,
        "relevance_range_90": 0.8 * cutoff,
        "effective_body_order": 1 + 0.4 * depth,
        "faithfulness": 0.5 - 0.02 * cutoff,
        "faithfulness_raw": 0.9 - 0.01 * depth,
        "faithfulness_distance_only": 0.85,
        "faithfulness_within_bins": 0.4 - 0.02 * cutoff,
        "randomised_agreement": 0.1 - 0.01 * cutoff + 0.02 * row["seed"],
    }


def survival_time_of(row: dict[str, object]) -> float:
    return 2.0 / (1 + 0.1 * row["cutoff"]) + (0.1 if row["family"] == "painn" else 0)


def numbers_of(row: dict[str, object]) -> dict[str, float]:
    """Failed variants may have numbers too: another stage of theirs is missing."""
    return {
        **descriptors_of(row),
        "restricted_mean_survival_time": survival_time_of(row),
        "survival": float(survival_of(row)[-1]),
    }


def describe_all(dataset: xr.Dataset) -> xr.Dataset:
    for name, variable in dataset.variables.items():
        base = str(name).removesuffix("_low").removesuffix("_high")
        base = base if base in UNITS else base.removeprefix("reference_")
        variable.attrs.update(units=UNITS.get(base, "1"), long_name=str(name).replace("_", " "))
    return dataset
