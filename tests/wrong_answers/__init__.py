"""Wrong answers to the exercises, one file per lesson (``l05.py``), as readers really give them.

A wrong answer has the right type and shape and is right on at least one visible example, and its
check must reject it with a message that says the right thing. ``tests/test_wrong_answers.py`` holds
the exercises and these files together::

    WRONG = WrongAnswers("05")

    @WRONG("hysteretic_update", says="a negative error is weighted by beta")
    def one_rate(q, reward, alpha, beta):
        return q + alpha * (reward - q)

    WRONG.value("joint_actions", 64, says="independently")

Right answers in another style, which a check must accept, stand beside them::

    @WRONG.right("joint_actions")
    def by_a_loop(sizes): ...
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class WrongAnswer:
    """One answer that must be rejected."""

    exercise: str
    answer: object
    says: str  # what its card must contain
    name: str


@dataclass
class WrongAnswers:
    """The wrong answers to one lesson's exercises."""

    lesson: str
    answers: list[WrongAnswer] = field(default_factory=list)
    right_ones: list[tuple[str, object, str]] = field(default_factory=list)
    """(exercise, answer, name) of right answers in another style than the solution's."""

    def __call__(self, exercise: str, says: str):
        """Decorator: this function (or class) is a wrong answer to ``exercise``, and the card must
        say ``says``."""

        def add(answer):
            self.answers.append(WrongAnswer(exercise, answer, says, answer.__name__))
            return answer

        return add

    def value(self, exercise: str, answer: object, says: str) -> None:
        """The same for an answer that is no function: a number, an array, an object."""
        self.answers.append(WrongAnswer(exercise, answer, says, repr(answer)[:30]))

    def right(self, exercise: str):
        """Decorator: this function is a right answer, and the check must accept it."""

        def add(answer):
            self.right_value(exercise, answer, answer.__name__)
            return answer

        return add

    def right_value(self, exercise: str, answer: object, name: str) -> None:
        """The same for an answer that is no function."""
        self.right_ones.append((exercise, answer, name))

    def of(self, exercise: str) -> list[WrongAnswer]:
        """Those to one exercise."""
        return [wrong for wrong in self.answers if wrong.exercise == exercise]
