"""What every file of a study was made from, compared with what lies beside it.

Each file names its inputs by their SHA-256 and its settings. A number is worth something only if
they are those that it is joined with, so files are compared before any number is made of them.
"""

from nearsight.lineage.record import Record, read_record, record_of, require_made_from

__all__ = ["Record", "read_record", "record_of", "require_made_from"]
