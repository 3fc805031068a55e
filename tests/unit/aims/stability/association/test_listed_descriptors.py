"""What a study file may ask for is what is listed beforehand, each with its reason."""

from typing import get_args

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, OUTCOMES
from nearsight.aims.stability.association.question import UNNAMED
from nearsight.config.question import Descriptor, Outcome


def test_a_question_may_name_what_is_listed_and_nothing_else() -> None:
    assert set(get_args(Descriptor)) == {UNNAMED, *DESCRIPTORS}
    assert set(get_args(Outcome)) == set(OUTCOMES)
    assert all(DESCRIPTORS.values())
