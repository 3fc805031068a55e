"""What the first checks say of SO3LR, and that CHGNet's refusal is a reason and no traceback."""

from collections.abc import Mapping
from typing import Any

import pytest
from ase import Atoms

from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.registry import check
from nearsight.diagnose.subject import Subject
from nearsight.models.opening import open_model

pytestmark = pytest.mark.models


def found(
    name: str, model: str, atoms: Atoms, arguments: Mapping[str, Any] | None = None
) -> dict[str, Finding]:
    subject = Subject(model=open_model(model, arguments), structures=[atoms], effort="quick")
    return {finding.quantity: finding for finding in check(name).run(subject).findings}


def test_so3lr_keeps_the_laws_of_forces(so3lr: str, ethanol: Atoms) -> None:
    of = found("symmetry", so3lr, ethanol, {"default_dtype": "float64"})
    assert {finding.verdict for finding in of.values()} == {Verdict.PASS}
    assert of["gradient"].value < 1e-3


def test_so3lr_shares_its_charge_out_over_all_atoms(so3lr: str, ethanol: Atoms) -> None:
    """Charges sum to the total charge: hydrogen changes those of ethanol, however far away."""
    model = open_model(so3lr, {"default_dtype": "float64"})
    result = check("locality").run(Subject(model=model, structures=[ethanol], effort="quick"))
    of = {finding.quantity: finding for finding in result.findings}
    assert of["excess"].verdict == Verdict.PASS
    assert of["far_probe"].value > 0.1
    far = result.table["probe"].sel(gap=[30.0, 50.0]).to_numpy()
    assert far[1] == pytest.approx(far[0], rel=0.1)


def test_single_precision_of_so3lr_is_noticed(so3lr: str, ethanol: Atoms) -> None:
    rough, smooth = (
        found("cutoff", so3lr, ethanol, {"default_dtype": name})["force_noise"]
        for name in ("float32", "float64")
    )
    assert "single precision" in rough.reason
    assert "double precision" in smooth.reason
    assert rough.value > 1e3 * smooth.value


@pytest.mark.parametrize("name", ["symmetry", "cutoff", "locality", "repulsion"])
def test_a_model_of_crystals_says_why_it_gives_nothing(
    chgnet: str, ethanol: Atoms, name: str
) -> None:
    of = found(name, chgnet, ethanol)
    assert all("Traceback" not in finding.reason for finding in of.values())
    silent = [f for f in of.values() if f.verdict in (Verdict.NOT_APPLICABLE, Verdict.FAIL)]
    assert silent
