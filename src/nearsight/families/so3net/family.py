"""SO3net as a family (Schütt et al., J. Chem. Phys. 158, 144801 (2023))."""

from functools import partial

from nearsight.families.family import Family
from nearsight.families.schnetpack import network, values
from nearsight.families.so3net.makeup import SO3netMakeup
from nearsight.families.so3net.states import so3net_states
from nearsight.families.so3net.walks import WALKS

FAMILY = Family(
    name="so3net",
    build=partial(network.build_variant, SO3netMakeup),
    values=partial(values.values, so3net_states),
    cutoff=network.cutoff_of,
    last_element=network.last_element_of,
    walks=WALKS,
    makeup=SO3netMakeup,
    # SchNetPack's Clebsch-Gordan coefficients are rounded to single precision.
    exact=False,
)
