"""The hand with which a check tries an answer: it calls the reader's code, compares, and stops at
the first failure."""

import inspect
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from .card import Row
from .values import copied, difference, in_a_line, kind_of, same_data, show, unfinished

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
    in_place: bool = False
    """Whether the answer may change its arguments; a check of a function that works in place
    sets it."""

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
        if not self.in_place:
            self._require_unchanged(function, arguments, keywords)
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

    def parts(self, value: object, *names: str) -> tuple:
        """The entries of a tuple or list that must have as many as there are names."""
        self.attempted(value)
        if isinstance(value, (tuple, list)) and len(value) == len(names):
            return tuple(value)
        property = f"{len(names)} things come back, in this order: {', '.join(names)}"
        self._fail(property, f"{kind_of(value)} came back")

    def carries_gradient(self, output: object, place: int, wanted: object, property: str) -> None:
        """Demand that the gradient of the sum of ``output`` with respect to the argument of the
        last call at ``place``, handed over with ``requires_grad``, is ``wanted``."""
        argument, given = list(self.arguments.items())[place]
        if not getattr(output, "requires_grad", False):
            self._fail(property, f"no gradient comes back to `{argument}`: was it detached?")
        given.grad = None
        output.sum().backward(retain_graph=True)
        if given.grad is None:
            self._fail(property, f"no gradient comes back to `{argument}`: was it detached?")
        problem = difference(given.grad, wanted, 1e-4, reveal=True)
        if problem:
            self._fail(property, f"the gradient to `{argument}`: {problem}")

    def _require_unchanged(self, function: Callable, arguments: tuple, keywords: dict) -> None:
        """End the check if arrays, tensors or containers handed over are not what they were."""
        handed = call_signature(function).bind(*arguments, **keywords).arguments
        for name, before in handed.items():
            if not same_data(before, self.arguments[name]):
                property = "the arguments stay as they are: a function works on a copy"
                self._fail(property, f"`{name}` was changed in place")

    def _bind(
        self, function: Callable, name: str, arguments: tuple, keywords: dict
    ) -> inspect.BoundArguments:
        signature = call_signature(function)
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
        rows = [Row("must hold", property)]
        rows += [Row("instead", problem)] if problem else []
        rows += [Row("called", self.called, code=True)] if self.called else []
        value = self.came_back if self.called else self.answer
        if value is not NOTHING:
            rows.append(Row("came back" if self.called else "answer", in_a_line(value), code=True))
        if compared is not NOTHING and compared is not value:
            rows.append(Row("compared", in_a_line(compared), code=True))
        raise Wrong((*rows, Row("look at", look_at or self.look_at)))


def call_signature(function: Callable) -> inspect.Signature:
    """The parameters of a function; anything goes where Python does not know them."""
    try:
        return inspect.signature(function)
    except ValueError:  # some built-in functions have none
        return inspect.signature(lambda *arguments, **keywords: None)


def _argument(name: str, value: object) -> str:
    return f"{name}={in_a_line(value)}"


def describe(error: Exception, with_line: bool = True) -> str:
    """An exception in one line; `with_line`, with the line of the reader's code it comes from."""
    said = f"it raised {type(error).__name__}"
    if reason := " ".join(str(error).split()):
        said += f": {reason}"
    if not with_line:
        return said
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
