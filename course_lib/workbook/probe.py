"""The hand with which a check tries an answer: it calls the reader's code, compares, and stops at
the first failure."""

import inspect
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from .card import Row
from .values import copied, difference, show, unfinished

NOTHING = object()
"""Stands for "no value", because None is a value an answer may have."""


class NotAttempted(Exception):
    """The answer is still, or still contains, the placeholder ``...``."""


class Wrong(Exception):
    """A property is violated; ``rows`` say what was called, what came back, and where to look."""

    def __init__(self, rows: tuple[Row, ...]):
        super().__init__(rows)
        self.rows = rows


@dataclass
class Probe:
    """What a check function is handed. The first failed `equal` or `require` ends the check."""

    answer: object
    """What the reader handed in: a function, class, object, number, array ..."""
    look_at: str
    """Where a reader may look when nothing more precise is said."""
    arguments: dict = field(default_factory=dict)
    """Arguments of the last call, by name, as they are after it: for functions that work in
    place."""
    called: str = ""
    """The last call, as text; empty before the first."""
    came_back: object = NOTHING
    """What the last call returned; `NOTHING` before the first and after an exception."""

    def __call__(self, *arguments, **keywords):
        """Call the answer and return what it returns. Arrays and containers are handed over as
        copies."""
        return self.call(self.answer, *arguments, **keywords)

    def call(self, function: Callable, *arguments, **keywords):
        """Call any function or method of the reader's, as `__call__` does the answer itself."""
        if not callable(function):
            given = f"it is {show(function)}; hand in the function's name, without brackets"
            self._fail("the answer is a function", given)
        name = getattr(function, "__name__", type(function).__name__)
        bound = self._bind(function, name, arguments, keywords)
        self.came_back = NOTHING
        self.called = f"{name}({', '.join(_argument(*entry) for entry in bound.arguments.items())})"
        try:
            self.came_back = function(*bound.args, **bound.kwargs)
        except Exception as error:
            if "ellipsis" in str(error).lower() or has_placeholder(function):
                raise NotAttempted from error
            self._fail("the call ends without an error", describe(error))
        self.arguments = dict(bound.arguments)
        self.attempted(self.came_back)
        return self.came_back

    def attempted(self, value: object) -> None:
        """End the check as *not attempted* if the value is, or holds, the placeholder ``...``."""
        if unfinished(value):
            raise NotAttempted

    def equal(
        self,
        got: object,
        expected: object,
        property: str,
        look_at: str | None = None,
        tolerance: float = 1e-6,
    ) -> None:
        """Compare numbers, arrays, tensors, containers or anything with ``==`` (see
        `values.difference`).

        ``property`` is the sentence that a different value violates. Expected values are shown only
        after a call: shown for an answer that is a plain number, they would give it away.
        """
        self.attempted(got)
        problem = difference(got, expected, tolerance, reveal=bool(self.called))
        if got is None and problem:
            problem = "it is None; is a `return` missing?" if self.called else "it is None"
        if problem:
            self._fail(property, problem, look_at, got)

    def require(self, condition: bool, property: str, look_at: str | None = None) -> None:
        """Demand a property that is not an equality."""
        if not condition:
            self._fail(property, "", look_at)

    def _bind(
        self, function: Callable, name: str, arguments: tuple, keywords: dict
    ) -> inspect.BoundArguments:
        try:
            signature = inspect.signature(function)
        except ValueError:  # some built-in functions have none
            signature = inspect.signature(lambda *arguments, **keywords: None)
        try:
            return signature.bind(*copied(arguments), **copied(keywords))
        except TypeError as error:
            wanted = ", ".join(
                [*map(show, arguments), *(_argument(*entry) for entry in keywords.items())]
            )
            self._fail(
                "the parameters are those of the stub",
                f"{name}{signature} does not take ({wanted}): {error}",
            )

    def _fail(
        self, property: str, problem: str, look_at: str | None = None, compared: object = NOTHING
    ) -> None:
        rows = [Row("called", self.called, code=True)] if self.called else []
        value = self.came_back if self.called else self.answer
        if value is not NOTHING:
            rows.append(Row("came back" if self.called else "answer", show(value), code=True))
        if compared is not NOTHING and compared is not value:
            rows.append(Row("compared", show(compared), code=True))
        rows.append(Row("must hold", property))
        rows += [Row("instead", problem)] if problem else []
        raise Wrong((*rows, Row("look at", look_at or self.look_at)))


def _argument(name: str, value: object) -> str:
    return f"{name}={show(value)}"


def describe(error: Exception) -> str:
    """An exception of the reader's code in one line, with the line of code it comes from."""
    said = ": ".join(
        ["it raised " + type(error).__name__, *filter(None, [" ".join(str(error).split())])]
    )
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)[1:]
        if "site-packages" not in frame.filename
    ]
    line = linecache.getline(frames[-1].filename, frames[-1].lineno).strip() if frames else ""
    return f"{said} (at `{line}`)" if line else said


def has_placeholder(function: object) -> bool:
    """Whether the code of a function or class, or of one inside it, still holds a bare ``...``."""
    if inspect.isclass(function):
        return any(has_placeholder(entry) for entry in vars(function).values() if callable(entry))
    waiting = [getattr(inspect.unwrap(function), "__code__", None)]
    while waiting:
        constants = getattr(waiting.pop(), "co_consts", ())
        if ... in constants:
            return True
        waiting += constants
    return False
