"""SchNet as a family (Schütt et al., J. Chem. Phys. 148, 241722 (2018))."""

from functools import partial

from nearsight.families.family import Family
from nearsight.families.schnet.listed import schnet_body
from nearsight.families.schnet.makeup import SchNetMakeup
from nearsight.families.schnet.states import schnet_states
from nearsight.families.schnet.walks import WALKS
from nearsight.families.schnet.written import schnet_parts
from nearsight.families.schnetpack import listed, network, values, written

FAMILY = Family(
    name="schnet",
    build=partial(network.build_variant, SchNetMakeup),
    values=partial(values.values, schnet_states),
    fast=partial(values.fast, schnet_states),
    written=partial(written.written, schnet_parts),
    listed=partial(listed.listed, schnet_body),
    cutoff=network.cutoff_of,
    last_element=network.last_element_of,
    walks=WALKS,
    makeup=SchNetMakeup,
)
