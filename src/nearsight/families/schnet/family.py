"""SchNet as a family (Schütt et al., J. Chem. Phys. 148, 241722 (2018))."""

from functools import partial

from nearsight.families.family import Family
from nearsight.families.schnet.states import schnet_states
from nearsight.families.schnetpack import network, values

FAMILY = Family(
    name="schnet",
    build=network.build_network,
    values=partial(values.values, schnet_states),
    fast=partial(values.fast, schnet_states),
    cutoff=network.cutoff_of,
    last_element=network.last_element_of,
)
