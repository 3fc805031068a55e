"""What the reference engine may be asked for: neutral molecules whose electrons are paired.

A file that states a charge is refused where it is read; an anion whose file states none still
betrays itself by an odd number of electrons, which the engine would take for a radical.
"""

from collections.abc import Iterable

from ase import Atoms

from nearsight.errors import MoleculeError


def require_closed_shells(structures: Iterable[Atoms], origin: str) -> None:
    """Refuse structures with an odd number of electrons.

    Args:
        structures: in the order of their file.
        origin: the file, for the message.

    Raises:
        MoleculeError: names the first one.
    """
    for number, atoms in enumerate(structures):
        if int(atoms.numbers.sum()) % 2:
            raise MoleculeError(
                f"{origin}: structure {number}, {atoms.get_chemical_formula()}, has an odd number "
                "of electrons (a radical, or an ion): the reference engine treats neutral "
                "closed-shell molecules only"
            )
