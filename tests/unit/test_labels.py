"""Variables as every file of ours has them, and numbers with their bounds."""

import numpy as np
import pytest
import xarray as xr

from nearsight.labels import banded, variable


def test_a_variable_says_what_it_is() -> None:
    found = variable("frame", [1.0, 2.0], "eV", "energy", flag_values=[0, 1])
    assert found.dims == ("frame",)
    assert found.attrs == {"units": "eV", "long_name": "energy", "flag_values": [0, 1]}
    assert found.to_numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("values", [3.0, np.float32(3), np.array(3)])
def test_a_number_has_no_dimensions(values: object) -> None:
    assert variable((), values, "1", "x").shape == ()


def test_dimensions_are_those_of_the_values() -> None:
    assert variable(("frame", "xyz"), np.zeros((4, 3)), "1", "x").sizes == {"frame": 4, "xyz": 3}
    with pytest.raises(ValueError, match="dimensions"):
        variable("frame", np.zeros((4, 3)), "1", "x")


def test_bounds_stand_beside_a_value_in_its_unit() -> None:
    band = np.array([[1.0, 2.0], [0.5, 1.5], [3.0, 4.0]])
    found = xr.Dataset(banded("drift", band, "meV", "drift of the energy", ("replica",)))
    assert set(found.variables) == {"drift", "drift_low", "drift_high"}
    assert found["drift_low"].to_numpy().tolist() == [0.5, 1.5]
    assert found["drift_high"].to_numpy().tolist() == [3.0, 4.0]
    assert {v.attrs["units"] for v in found.data_vars.values()} == {"meV"}
    assert found["drift_low"].attrs["long_name"] == "lower bound of: drift of the energy"
    assert found["drift_high"].attrs["long_name"] == "upper bound of: drift of the energy"


def test_bounds_of_one_number() -> None:
    found = banded("x", (1.0, 0.5, 3.0), "1", "x")
    assert {name: float(v) for name, v in found.items()} == {"x": 1.0, "x_low": 0.5, "x_high": 3.0}


@pytest.mark.parametrize("band", [(1.0, 2.0), (1.0, 2.0, 3.0, 4.0), ()])
def test_a_band_is_three(band: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="unpack"):
        banded("x", band, "1", "x")
