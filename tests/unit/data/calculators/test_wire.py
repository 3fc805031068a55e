"""Messages between processes arrive as they were sent."""

import io

import numpy as np
import pytest

from nearsight.data.calculators.wire import receive, send


def test_values_and_arrays_come_back_bit_by_bit() -> None:
    pipe = io.BytesIO()
    rng = np.random.default_rng(0)
    message = {
        "text": "Å: é\n",
        "energy": 0.1 + 0.2,
        "nan": float("nan"),
        "positions": rng.normal(size=(3, 4, 3)),
        "turned": rng.normal(size=(3, 5)).T,
        "single": rng.normal(size=4).astype(np.float32),
        "numbers": np.array([1, 8]),
        "none": np.zeros((0, 3)),
    }
    send(pipe, message)
    send(pipe, {"second": 1})
    pipe.seek(0)
    found = receive(pipe)
    assert found.keys() == message.keys()
    for key, value in message.items():
        np.testing.assert_array_equal(found[key], value)
        if isinstance(value, np.ndarray):
            assert found[key].dtype == value.dtype
    assert receive(pipe) == {"second": 1}


@pytest.mark.parametrize("size", [0, 5, 20, -3])
def test_an_end_in_the_middle_is_an_end(size: int) -> None:
    pipe = io.BytesIO()
    send(pipe, {"values": np.arange(5.0)})
    with pytest.raises(EOFError):
        receive(io.BytesIO(pipe.getvalue()[:size]))
