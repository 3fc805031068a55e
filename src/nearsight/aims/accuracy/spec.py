"""The aim accuracy, as it declares itself."""

from nearsight.aims.declaration import AimSpec, Planned, Table, targets_other_than


def check(study: Planned) -> None:
    """Refuse networks whose errors its columns do not know.

    Raises:
        ValueError: a variant learns something else than energies.
    """
    others = targets_other_than(study, "energy")
    if others:
        raise ValueError(
            f"aim accuracy tells errors of energies and forces, but target lists {others[0]}: "
            "set aim to properties, which tells the error of every target"
        )


ACCURACY = AimSpec(
    name="accuracy",
    text="test errors and what training cost, beside published errors",
    of_variants=("card.json", "history.nc", "evaluation.nc"),
    tables=(Table("accuracy", "accuracy"),),
    figures={"accuracy": "accuracy"},
    check=check,
)
