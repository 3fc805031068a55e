"""Whether a file was made from the given model that the study names, which lies elsewhere."""

import json
from pathlib import Path

from nearsight.config import GivenModel
from nearsight.lineage.products import File
from nearsight.lineage.record import ROLES, Record
from nearsight.storage import sha256
from nearsight.storage.names import HYPERPARAMETERS, WEIGHTS

OF_GIVEN = {"model", "weights", "hyperparameters"}
"""Roles under which files of a given model are recorded."""
_OF_CALCULATOR = ("calculator_package", "calculator_files")
"""What files say of a calculator beside its name and arguments."""


def other_model(file: File, record: Record) -> str:
    """Why a file is of another model than the study gives; empty where it is not, or none is given.

    Of a calculator its name and arguments count, which the file says, and of all the SHA-256 of
    their files, where these lie at hand.

    Args:
        file: what it should be.
        record: what it says of its making.
    """
    if file.model is None:
        return ""
    if file.model.calculator:
        return _other_calculator(file.model, record)
    differences = (record.difference(role, path) for role, path in _at_hand(file.model).items())
    return next(filter(None, differences), "")


def other_than_beside(record: Record, first: Record) -> str:
    """Why two files of one row are of different models; empty text where they are of one.

    That holds where the model itself is not at hand, and for the version of its package, which a
    study does not state.

    Args:
        record: what a file says of its making.
        first: the same of another file of the row.
    """
    for role in sorted(OF_GIVEN):
        if record.inputs.get(role) != first.inputs.get(role):
            return f"{record.path}: made from another {ROLES[role]} than {first.path}"
    for key in _OF_CALCULATOR:
        own, other = (one.attributes.get(key, "") for one in (record, first))
        if own != other:
            return f"{record.path}: {key} is {own!r}, and of {first.path} {other!r}"
    return ""


def _other_calculator(given: GivenModel, record: Record) -> str:
    wanted = {
        "calculator": given.calculator,
        "calculator_arguments": json.dumps(given.arguments, sort_keys=True),
    }
    for key, value in wanted.items():
        found = record.attributes.get(key)
        if found != value:
            return f"{record.path}: {key} is {found!r}, not {value!r}"
    files = json.loads(str(record.attributes.get("calculator_files", "{}")))
    for name, digest in files.items():
        if Path(name).is_file() and sha256(Path(name)) != digest:
            return f"{record.path}: made by the calculator with another file than {name}"
    return ""


def _at_hand(given: GivenModel) -> dict[str, Path]:
    """Files of a model that are there, by the role that each is recorded under."""
    places = {"model": [Path(given.file)]} if given.file else {}
    if given.folder:
        folder = Path(given.folder)
        # The first way of writing hyperparameters that is there is the one that is read.
        places = {
            "weights": [folder / WEIGHTS],
            "hyperparameters": [folder / name for name in HYPERPARAMETERS],
        }
    there = {role: [path for path in paths if path.is_file()] for role, paths in places.items()}
    return {role: paths[0] for role, paths in there.items() if paths}
