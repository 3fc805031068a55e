"""What a record of dynamics holds for those who read it."""

from dataclasses import replace

from nearsight.storage import Kind

_FRAMES, _REPLICA, _HALVED = ("replica", "time"), ("replica",), ("halved",)

RECORD = Kind(
    name="record of dynamics",
    verb="nearsight md",
    variables={
        "potential_energy": (_FRAMES, "f"),
        "kinetic_energy": (_FRAMES, "f"),
        "temperature": (_FRAMES, "f"),
        "end_kind": (_REPLICA, "i"),
        "end_time": (_REPLICA, "f"),
        "event": (_REPLICA, "b"),
        "bond_step": (("replica", "bond_limit"), "i"),
        "other_step": (_REPLICA, "i"),
        "other_kind": (_REPLICA, "i"),
        "followed_step": (_REPLICA, "i"),
        "halved_replica": (_HALVED, "i"),
        "halved_potential_energy": (("halved", "time"), "f"),
        "halved_kinetic_energy": (("halved", "time"), "f"),
        "halved_end_kind": (_HALVED, "i"),
        "halved_end_time": (_HALVED, "f"),
        "integrator_failure": (_HALVED, "i"),
        "degrees_of_freedom": (_REPLICA, "i"),
        "atomic_number": (("atom",), "i"),
        "mass": (("atom",), "f"),
        "timestep": ((), "f"),
        "duration": ((), "f"),
        "time": (("time",), "f"),
        "bond_limit": (("bond_limit",), "f"),
    },
    index={"halved_replica": "replica"},
    flags=("end_kind", "other_kind", "halved_end_kind"),
    known=("end_time", "timestep", "duration", "time", "bond_limit", "mass"),
    filled=("replica", "time", "atom"),
)

ENDS = replace(
    RECORD,
    variables={
        **RECORD.variables,
        "end_atom": (("replica", "two"), "i"),
        "end_position": (("replica", "atom", "xyz"), "f"),
    },
)
"""The same for those who ask where replicas ended."""
