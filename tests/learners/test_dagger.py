"""DAgger on a game with a known policy."""

import numpy as np
import pytest
import torch

from course_lib.learners.dagger import Dagger, DaggerConfig

CELLS, LAST = 8, 12


class Corridor:
    """States of games in a corridor: the teacher walks to the cell in the middle, from either side.

    A game begins at the left end. Whoever only ever saw the teacher play has never been on the
    right of the middle.
    """

    def __init__(self, student: torch.nn.Parameter, cells: np.ndarray):
        self.student, self.cells = student, torch.as_tensor(cells)
        self.said = (self.cells < CELLS // 2).long()  # 1: to the right, 0: to the left

    def __len__(self) -> int:
        return len(self.cells)

    def log_likelihood(self, decisions):
        table = torch.log_softmax(self.student[self.cells[decisions]], dim=1)
        return table.gather(1, self.said[decisions][:, None]).squeeze(1)


def collected(student, rng, games: int = 20):
    """A function that plays a round with a student that goes right everywhere at first."""

    def collect(teacher_share: float) -> list[Corridor]:
        cells = []
        for game in range(games):
            cell = 0
            for _ in range(LAST):
                cells.append(cell)
                chance = torch.softmax(student[cell].detach(), dim=0)[1]
                right = cell < CELLS // 2 if game < teacher_share * games else rng.random() < chance
                cell = min(max(cell + (1 if right else -1), 0), CELLS - 1)
        return [Corridor(student, np.array(cells))]

    return collect


def test_a_student_learns_what_to_do_where_only_its_own_mistakes_lead():
    student = torch.nn.Parameter(torch.tensor([[0.0, 2.0]] * CELLS))
    config = DaggerConfig(rounds=12, learning_rate=0.3, minibatch_size=64)
    dagger = Dagger([student], collected(student, np.random.default_rng(0)), config)
    rounds = list(dagger.run())
    learned = student.argmax(dim=1)
    assert learned.tolist() == [1] * (CELLS // 2) + [0] * (CELLS // 2)
    assert rounds[-1].agreement > 0.9 > rounds[1].agreement
    assert [r.number for r in rounds] == list(range(1, 13))


def test_copying_the_teachers_games_alone_does_not_show_it():
    student = torch.nn.Parameter(torch.tensor([[0.0, 2.0]] * CELLS))
    config = DaggerConfig(rounds=6, learning_rate=0.3, second_share=1.0, share_step=0.0)
    list(Dagger([student], collected(student, np.random.default_rng(0)), config).run())
    assert student.argmax(dim=1).tolist()[CELLS // 2 + 1 :] == [1] * (CELLS // 2 - 1)


def test_the_teacher_plays_less_and_less():
    shares = [DaggerConfig().teacher_share(number) for number in range(7)]
    assert shares == pytest.approx([1, 0.4, 0.3, 0.2, 0.1, 0, 0])


def test_old_rounds_are_forgotten():
    student = torch.nn.Parameter(torch.zeros(CELLS, 2))
    config = DaggerConfig(rounds=5, remembered=2)
    dagger = Dagger([student], collected(student, np.random.default_rng(0)), config)
    list(dagger.run())
    assert len(dagger.remembered) == 2


def test_a_configuration_is_checked():
    with pytest.raises(ValueError, match="rounds=0 is not a whole number from 1"):
        DaggerConfig(rounds=0)
