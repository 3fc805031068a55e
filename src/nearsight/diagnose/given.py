"""What a diagnosis was asked for, opened and checked before any work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nearsight.data.frames import Frames, read_frames
from nearsight.data.structures import read_structures
from nearsight.diagnose.reference import open_reference
from nearsight.diagnose.subject import Effort, Subject
from nearsight.errors import ConfigError
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import is_factory, open_model
from nearsight.storage import sha256

MOST_STRUCTURES: Mapping[Effort, int] = {"quick": 3, "default": 8, "full": 24}
"""Structures that are taken of a file, spread over it."""


@dataclass(frozen=True)
class Given:
    """What a diagnosis was asked for.

    Attributes:
        subjects: every model by its label, at least one; they differ in nothing but the model.
        structures_file: where the structures come from.
        labels_file: where labelled data come from, or None.
    """

    subjects: list[tuple[str, Subject]]
    structures_file: Path
    labels_file: Path | None = None

    @property
    def common(self) -> Subject:
        """A subject, to be asked for what all have in common."""
        return self.subjects[0][1]

    @property
    def inputs(self) -> dict[str, Path]:
        """Files that the diagnosis follows from, by role."""
        found = {"structures": self.structures_file}
        if self.labels_file is not None:
            found["labels"] = self.labels_file
        for m, (_, subject) in enumerate(self.subjects):
            found |= {f"model_{m}_{role}": path for role, path in subject.model.files.items()}
        if self.common.reference is not None:
            files = self.common.reference.files
            found |= {f"reference_{role}": path for role, path in files.items()}
        return found

    @property
    def made_from(self) -> dict[str, Any]:
        """All that the results follow from, as JSON has it."""
        reference = self.common.reference
        return {
            "inputs": {role: sha256(path) for role, path in self.inputs.items()},
            "models": [[s.model.kind, dict(s.model.attributes)] for _, s in self.subjects],
            "reference": None if reference is None else [reference.label, {**reference.attributes}],
            "effort": self.common.effort,
            "seed": self.common.seed,
            "device": str(self.common.device),
        }


def open_models(
    names: Sequence[str],
    arguments: Sequence[Mapping[str, Any]] = (),
    labels: Sequence[str] = (),
) -> list[tuple[str, OpenModel]]:
    """Models by labels that tell them apart.

    Args:
        names: model arguments.
        arguments: of the calculators among them, in their order; one for all where there is one.
        labels: of all models, in their order; by default what they call themselves.

    Raises:
        ConfigError: arguments or labels that do not match the models in number, a label twice, or
            what :func:`nearsight.models.opening.open_model` raises.
    """
    n_calculators = sum(map(is_factory, names))
    if len(arguments) not in (0, 1, n_calculators):
        raise ConfigError(
            f"--calculator-arguments: given {len(arguments)} times for {n_calculators} calculators:"
            " give it once for all of them, or once for each"
        )
    if labels and len(labels) != len(names):
        raise ConfigError(
            f"--label: given {len(labels)} times for {len(names)} models: give one for each"
        )
    if not n_calculators and arguments:
        raise ConfigError("--calculator-arguments: no model here is a calculator: leave it out")
    each = iter(list(arguments) * n_calculators if len(arguments) == 1 else arguments)
    models = [open_model(name, next(each, None) if is_factory(name) else None) for name in names]
    found = list(labels) or _told_apart([model.label for model in models])
    twice = next((label for label in found if found.count(label) > 1), None)
    if twice is not None:
        raise ConfigError(f"--label {twice}: names two models: give each a label of its own")
    return list(zip(found, models, strict=True))


def _told_apart(labels: Sequence[str]) -> list[str]:
    return [
        label if labels.count(label) == 1 else f"{label} ({labels[: k + 1].count(label)})"
        for k, label in enumerate(labels)
    ]


def read_given(
    models: list[tuple[str, OpenModel]],
    structures: Path,
    *,
    reference: str = "gfn2",
    reference_arguments: Mapping[str, Any] | None = None,
    labels: Path | None = None,
    effort: Effort = "default",
    device: torch.device | str = "cpu",
    processes: int = 1,
    seed: int = 0,
) -> Given:
    """Read what a diagnosis is made from.

    Args:
        models: by label, of :func:`open_models`.
        structures: a canonical data set, whose test subset is used, or a file of structures.
        reference: ``gfn2``, ``none`` or a model argument.
        reference_arguments: of a calculator that is the reference.
        labels: a canonical data set; its test subset where it has one. Structures that come as a
            data set bring their labels along.
        effort: how much is computed.
        device: where networks run.
        processes: how many copies a calculator works on at once.
        seed: of whatever is drawn at random.

    Raises:
        NearsightError: a file that cannot be read, or a reference that there is not.
        ReferenceEngineError: a calculator that fails on each of the first structures: nothing of it
            can be measured, because it needs a cell, say.
    """
    if labels is None and structures.suffix == ".nc":
        labels = structures
    test, train = (None, None) if labels is None else _labelled(labels)
    found = read_structures(structures, n_structures=MOST_STRUCTURES[effort])
    beside = open_reference(reference, reference_arguments)
    for model in (*(model for _, model in models), beside):
        if model is not None and model.kind == "calculator":
            model.require_structures(found)
    shared: dict[Any, Any] = {}
    subjects = [
        (
            label,
            Subject(
                model=model,
                structures=found,
                reference=beside,
                labels=test,
                train=train,
                effort=effort,
                device=device,
                processes=processes,
                seed=seed,
                shared=shared,
            ),
        )
        for label, model in models
    ]
    return Given(subjects, structures, labels)


def _labelled(path: Path) -> tuple[Frames | None, Frames | None]:
    """Test frames (all, where there are none) and training frames of a data set, if labelled."""
    frames = read_frames(path)
    if not (frames.has_forces or np.isfinite(frames.energy).any()):
        return None, None
    test, train = frames.of_subset("test"), frames.of_subset("train")
    return (test if len(test) else frames), (train if len(train) else None)
