"""Lesson 03 quotes the recorded trainings of lesson 13b, and nothing else."""

from course_lib.lessons import l03_learned, l13_study_pictures


def test_a_row_holds_means_and_the_interval_over_trainings():
    first, later = l03_learned.learned_rows()
    assert all(len(row) == len(l03_learned.HEADINGS) for row in (first, later))
    assert first[1:] == ("-593", "-561", "+31 [-75, +138]")


def test_the_second_difference_is_the_primary_contrast_of_13b():
    *_, later = l03_learned.learned_rows()
    together = l13_study_pictures.gains_of_commands(l03_learned.LATER)[-1]
    assert later[-1].startswith(f"{together.mean:+.1f} [{together.low:+.1f}, ")
    assert float(later[2]) > float(later[1]) > -200
