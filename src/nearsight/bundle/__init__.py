"""Results in one file that can be carried, with a checksum of every file in it."""

from nearsight.bundle.contents import TRAJECTORIES
from nearsight.bundle.manifest import MANIFEST, verify_folder
from nearsight.bundle.pack import pack
from nearsight.bundle.unpack import notes_of, unpack, verify_bundle

__all__ = [
    "MANIFEST",
    "TRAJECTORIES",
    "notes_of",
    "pack",
    "unpack",
    "verify_bundle",
    "verify_folder",
]
