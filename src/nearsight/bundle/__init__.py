"""Results in one file that can be carried, with a checksum of every file in it."""

from nearsight.bundle.contents import TRAJECTORIES
from nearsight.bundle.manifest import (
    MANIFEST,
    extend_manifest,
    left_behind,
    sums_of,
    verify_folder,
)
from nearsight.bundle.pack import pack
from nearsight.bundle.unpack import notes_of, unpack, verify_bundle

__all__ = [
    "MANIFEST",
    "TRAJECTORIES",
    "extend_manifest",
    "left_behind",
    "notes_of",
    "pack",
    "sums_of",
    "unpack",
    "verify_bundle",
    "verify_folder",
]
