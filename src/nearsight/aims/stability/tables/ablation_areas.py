"""Ablation curves and the areas between them: who knows which messages matter."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.intervals import NOTHING, Interval, mean_interval
from nearsight.config import Statistics
from nearsight.labels import banded, variable

NAMED = ("relevance", "response", "distance")
"""Orders that claim to know; the fourth is ``random``."""


def ablation(tests: xr.Dataset, settings: Statistics) -> tuple[dict[str, Interval], xr.Dataset]:
    """Areas by name and curves of the change of forces as messages go.

    A change is divided by the one without any messages. The area of an order is that between its
    curve and the curve of random orders, both cut off at 1: half-connected networks can push atoms
    harder than the whole one, and that is no merit of an order. 0 is no better than random; no
    order can have more than one minus the area of random orders.

    Args:
        tests: of a variant's relevance, see :func:`nearsight.faithfulness.probe`.
        settings: level of the intervals.

    Returns:
        ``ablation_area_relevance``, ``_response``, ``_distance``; and
        ``ablation(order, fraction)`` with bounds over structures.
    """
    names = {order: f"ablation_area_{order}" for order in NAMED}
    if "ablation_force" not in tests:
        return dict.fromkeys(names.values(), NOTHING), xr.Dataset()
    force = tests["ablation_force"].transpose("order", "structure", "fraction")
    relative = (force / force.isel(fraction=-1)).to_numpy()
    orders = [str(order) for order in force["order"].to_numpy()]
    area = np.trapezoid(np.minimum(relative, 1.0), force["fraction"].to_numpy(), axis=-1)
    gain = area - area[orders.index("random")]
    level = {"confidence": settings.confidence}
    numbers = {
        name: mean_interval(gain[orders.index(order)], **level) for order, name in names.items()
    }
    flat = relative.reshape(len(orders), relative.shape[1], -1)
    band = np.array([[mean_interval(row, **level, least=0.0) for row in one.T] for one in flat])
    text = "change of forces without messages, over that without any"
    curves = xr.Dataset(
        banded("ablation", band.transpose(2, 0, 1), units.ONE, text, ("order", "fraction")),
        coords={
            "order": variable("order", orders, "", "order in which messages go"),
            "fraction": force["fraction"].variable,
        },
    )
    return numbers, curves
