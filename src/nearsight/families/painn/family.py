"""PaiNN as a family (Schütt, Unke, Gastegger, ICML 2021)."""

from functools import partial

from nearsight.families.family import Family
from nearsight.families.painn.listed import painn_body
from nearsight.families.painn.makeup import PaiNNMakeup
from nearsight.families.painn.states import painn_states
from nearsight.families.painn.walks import WALKS
from nearsight.families.painn.written import painn_parts
from nearsight.families.schnetpack import listed, network, values, written

FAMILY = Family(
    name="painn",
    build=partial(network.build_variant, PaiNNMakeup),
    values=partial(values.values, painn_states),
    fast=partial(values.fast, painn_states),
    written=partial(written.written, painn_parts),
    listed=partial(listed.listed, painn_body),
    cutoff=network.cutoff_of,
    last_element=network.last_element_of,
    walks=WALKS,
    makeup=PaiNNMakeup,
)
