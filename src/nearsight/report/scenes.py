"""3-D views of the networks of a study: pairs, walks, replicas to their break."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.collect.models import MODEL
from nearsight.data.structures import read_structures
from nearsight.errors import NearsightError
from nearsight.page import PairLayer, Scene, Walks
from nearsight.report.replicas import replicas_of
from nearsight.report.results import MODEL_FILE, Results
from nearsight.storage import read_dataset

MOST_SCENES: Final = 24
"""Networks with a view: more make a page that is too large to send."""
FRAMES: Final = 4000
"""Frames of trajectories that all views share: what a page of 6 MB has room for."""
STRONGEST: Final = 6
"""Walks of either sign by body order."""
LARGEST_BODY: Final = 4
FIRST: Final = 0
"""Number of the structure that is shown: the first test structure that was explained."""
LAYERS: Final = {
    "relevance": ("relevance.nc", "relevance", units.ENERGY,
                  "Two-body relevance of the energy: what walks on the two atoms alone carry."),
    "response": ("response.nc", "norm", units.HESSIAN,
                 "Norm of the Hessian block: how the force on one answers to the other."),
}  # fmt: skip
REFERENCE: Final = "reference response"


def scenes_of(results: Results) -> tuple[list[Scene], str]:
    """A view of each network, or of the most telling ones, and what is said of the choice."""
    main = results.main
    if MODEL not in main.dims:
        return [], ""
    names = [str(name) for name in main[MODEL].to_numpy()]
    chosen = chosen_models(main)
    frames = max(10, FRAMES // max(1, len(chosen)))
    scenes = [scene for k in chosen if (scene := scene_of(results, names[k], frames)) is not None]
    if len(chosen) == len(names):
        return scenes, ""
    return scenes, (
        f"Views of {len(chosen)} of {len(names)} networks: of each data set and family those with "
        "the longest and the shortest survival, or by their order; the others are in the table."
    )


def chosen_models(main: xr.Dataset, most: int = MOST_SCENES) -> list[int]:
    """Rows of the networks that are shown: ends of survival by data set and family, in turn.

    Args:
        main: along ``model``.
        most: of them.
    """
    count = main.sizes[MODEL]
    if count <= most:
        return list(range(count))
    name = "restricted_mean_survival_time"
    value = main[name].to_numpy() if name in main else np.zeros(count)
    keys = list(zip(main["dataset"].to_numpy().astype(str), main["family"].to_numpy().astype(str),
                    strict=True))  # fmt: skip
    queues = []
    for key in dict.fromkeys(keys):
        rows = [k for k in range(count) if keys[k] == key and np.isfinite(value[k])]
        rows.sort(key=lambda k: value[k])
        half = (len(rows) + 1) // 2
        ends = [row for pair in zip(rows[:half], rows[::-1][:half], strict=True) for row in pair]
        queues.append(list(dict.fromkeys(ends)))
    taken: list[int] = []
    for turn in range(max(map(len, queues), default=0)):
        taken += [queue[turn] for queue in queues if turn < len(queue)]
    return sorted(taken[:most])


def scene_of(results: Results, model: str, frames: int) -> Scene | None:
    """The view of one network; None where there is no structure to show it on.

    Args:
        results: the study.
        model: data set and variant.
        frames: of trajectories that it may hold.
    """
    try:
        structure = read_structures(results.of_data(model, "data.nc"), n_structures=1)[FIRST]
    except NearsightError:
        return None
    said: list[str] = []
    layers = {}
    for name, (file, column, unit, words) in LAYERS.items():
        layer = _layer(results.of_model(model, file), column, unit, words, len(structure), said)
        if layer is not None:
            layers[name] = layer
    path = results.of_data(model, "reference_response.nc")
    text = "The same of the reference, which is exact up to its own method."
    reference = _layer(path, "norm", units.HESSIAN, text, len(structure), said)
    if reference is not None:
        layers[REFERENCE] = reference
    return Scene(
        title=model,
        atomic_number=structure.numbers,
        position=structure.positions,
        layers=layers,
        walks=_walks(results, model, structure, said),
        replicas=replicas_of(results, model, structure.numbers, frames),
        words=" ".join(dict.fromkeys(said)),
    )


def _layer(
    path: Path, column: str, unit: str, words: str, n_atoms: int, said: list[str]
) -> PairLayer | None:
    """Pairs of the first structure; None, and why, where a file has none."""
    try:
        content = read_dataset(path)
    except NearsightError:
        return None
    if column not in content or "structure" not in content:
        reason = str(content.attrs.get("reason") or "")
        said += [f"{reason[:1].upper()}{reason[1:]}."] if reason else []
        return None
    along = content[column].dims
    rows = np.flatnonzero(content["structure"].to_numpy() == FIRST)
    if content["structure"].dims != along or not len(rows):
        return None
    own = content[["atom", "atom_other", column]].isel({str(along[0]): rows})
    first, second = (own[name].to_numpy().astype(int) for name in ("atom", "atom_other"))
    if max(first.max(), second.max()) >= n_atoms:
        return None
    return PairLayer(unit, first, second, own[column].to_numpy().astype(float), words)


def _walks(results: Results, model: str, structure: Atoms, said: list[str]) -> Walks | None:
    """The strongest walks by number of atoms; None, and why, where there are none."""
    path = results.of_model(model, MODEL_FILE)
    if not path.is_file():
        return None
    from nearsight.explain.strongest_walks import walks_of_model
    from nearsight.models.opening import open_model

    try:
        opened = open_model(path)
        bodies: Sequence[int] = range(2, min(LARGEST_BODY, (opened.depth or 1) + 1) + 1)
        found = walks_of_model(
            opened, structure, results.study.explain, n_atoms=bodies, count=STRONGEST
        )
    except NearsightError as error:
        said.append(f"No walks: {error}.")
        return None
    relevance = found["relevance"].to_numpy().ravel()
    there = np.isfinite(relevance)
    atoms = found["walk"].to_numpy().reshape(len(relevance), -1)[there].astype(int)
    unit = str(found["relevance"].attrs["units"])
    words = "The walks that raise and that lower the prediction most."
    return Walks(unit, atoms, relevance[there], words) if there.any() else None
