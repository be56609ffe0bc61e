"""Small classifiers and a detector, and two ways of asking a model afterwards what it looked at.

n rows, F features (floats, roughly between -1 and 1), y (n,) bool. A model has ``probability(X)``,
which returns (n,) floats; `Logistic` and `ShallowTree` can be read, `SmallNetwork` cannot.
`Mahalanobis` never sees a label.

Sources: Hastie, Tibshirani & Friedman (2009), "The Elements of Statistical Learning", sections 4.4
and 9.2; detector: Mahalanobis (1936); permutation importance: Breiman (2001); occlusion: Zeiler &
Fergus (2014).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_lib import array_checks, validate
from course_lib.validate import function, in_range, whole_number

LARGEST = 1e6
"""Features are roughly between -1 and 1; a number beyond this is a mistake."""
MOST_STEPS, DEEPEST, WIDEST = 1_000_000, 30, 65_536
"""Limits of steps, questions in a row and hidden nodes: more would never end."""


class Logistic:
    """Logistic regression: the log-odds are a weighted sum of the features. Newton's method, ridge
    penalty."""

    def __init__(self, x: np.ndarray, y: np.ndarray, ridge: float = 1.0, steps: int = 25):
        x, y = checked(x, y)
        in_range("ridge", ridge, 0)
        whole_number("steps", steps, 1, MOST_STEPS)
        design = np.column_stack([np.ones(len(x)), x])
        # The penalty keeps the weights finite where the classes are separable.
        penalty = ridge * np.eye(design.shape[1])
        coefficients = np.zeros(design.shape[1])
        for _ in range(steps):
            # Newton: the slope of the penalised loss, divided by its curvature.
            p = _sigmoid(design @ coefficients)
            slope = design.T @ (p - y) + penalty @ coefficients
            variance = p * (1 - p)
            curvature = (design * variance[:, None]).T @ design + penalty
            coefficients -= np.linalg.solve(curvature, slope)
        self.intercept = float(coefficients[0])
        self.weights = coefficients[1:]

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) probability that each row is True."""
        return _sigmoid(x @ self.weights + self.intercept)


@dataclass(frozen=True)
class Leaf:
    """The end of a way through the tree."""

    share: float
    """Share of True among its training rows."""
    rows: int


@dataclass(frozen=True)
class Split:
    """A question: is this feature above that threshold?"""

    feature: int
    threshold: float
    below: "Leaf | Split"
    above: "Leaf | Split"


class ShallowTree:
    """A decision tree of a few questions, each "is this feature above that threshold?", chosen by
    Gini impurity."""

    def __init__(self, x: np.ndarray, y: np.ndarray, depth: int = 3, smallest: int = 20):
        """``smallest`` is the least number of rows in a leaf. Features may have any scale."""
        x, y = checked(x, y, largest=np.inf)
        whole_number("depth", depth, 0, DEEPEST)
        whole_number("smallest", smallest, 1)
        self._smallest = smallest
        self._root = self._grow(x, y, depth)

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) share of True among the training rows of each row's leaf."""
        result = np.empty(len(x))
        self._fill(
            self._root,
            x,
            np.arange(len(x)),
            result,
        )
        return result

    def lines(self, names: Sequence[str]) -> list[str]:
        """The whole tree as indented text, one line per question or leaf."""
        return list(self._lines(self._root, names, ""))

    def _grow(self, x: np.ndarray, y: np.ndarray, depth: int) -> Leaf | Split:
        leaf = Leaf(float(y.mean()), len(y))
        if not depth:
            return leaf
        # Only a question that leaves less impurity than there is now is worth asking.
        least = _impurity(y.sum(), len(y)) - 1e-9
        # Greedy: the best question now, not the best tree; that would take exponential time.
        feature = None
        for column in range(x.shape[1]):
            impurity, cut = self._best_threshold(x[:, column], y)
            if impurity < least:
                least = impurity
                feature = column
                threshold = cut
        if feature is None:
            return leaf
        above = x[:, feature] > threshold
        return Split(
            feature,
            threshold,
            below=self._grow(
                x[~above],
                y[~above],
                depth - 1,
            ),
            above=self._grow(
                x[above],
                y[above],
                depth - 1,
            ),
        )

    def _best_threshold(self, column: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """(impurity left, threshold) of the best question about one feature; infinite where no
        question leaves enough rows on both sides."""
        order = np.argsort(column, kind="stable")
        values = column[order]
        # Sorted once, every cut is judged by sums that are already there.
        wins = np.cumsum(y[order])
        # Cut where the value changes: a cut at c leaves c rows below.
        cuts = np.flatnonzero(values[1:] > values[:-1]) + 1
        cuts = cuts[(cuts >= self._smallest) & (cuts <= len(y) - self._smallest)]
        if not len(cuts):
            return np.inf, np.inf
        wins_below = wins[cuts - 1]
        below = _impurity(wins_below, cuts)
        above = _impurity(wins[-1] - wins_below, len(y) - cuts)
        impurity = below + above
        best = impurity.argmin()
        cut = cuts[best]
        # Half-way between two neighbours: a new value in the gap goes to the nearer side.
        threshold = (values[cut - 1] + values[cut]) / 2
        return float(impurity[best]), float(threshold)

    def _fill(
        self, node: Leaf | Split, x: np.ndarray, rows: np.ndarray, result: np.ndarray
    ) -> None:
        if isinstance(node, Leaf):
            result[rows] = node.share
            return
        above = x[rows, node.feature] > node.threshold
        self._fill(
            node.below,
            x,
            rows[~above],
            result,
        )
        self._fill(node.above, x, rows[above], result)

    def _lines(self, node: Leaf | Split, names: Sequence[str], indent: str) -> Iterator[str]:
        if isinstance(node, Leaf):
            yield f"{indent}-> {100 * node.share:.0f} % malicious ({node.rows} alerts)"
            return
        for sign, branch in (("above", node.above), ("not above", node.below)):
            yield f"{indent}{names[node.feature]} {sign} {node.threshold:.3g}"
            yield from self._lines(branch, names, indent + "    ")


class SmallNetwork:
    """One hidden layer of tanh units, trained on all rows at once. In double precision, so that it
    repeats itself."""

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        hidden: int = 16,
        steps: int = 300,
        decay: float = 1e-4,
        seed: int = 0,
    ):
        x, y = checked(x, y)
        whole_number("hidden", hidden, 1, WIDEST)
        whole_number("steps", steps, 1, MOST_STEPS)
        in_range("decay", decay, 0, 1)
        validate.seed(seed)
        generator = torch.Generator().manual_seed(seed)
        self._weights = []
        self._biases = []
        for inputs, outputs in ((x.shape[1], hidden), (hidden, 1)):
            weights = torch.randn(
                inputs,
                outputs,
                generator=generator,
                dtype=torch.float64,
            )
            # Sums of many inputs stay of the size of one, so that tanh does not saturate.
            self._weights.append(weights / inputs**0.5)
            self._biases.append(torch.zeros(outputs, dtype=torch.float64))
        parameters = [tensor.requires_grad_() for tensor in (*self._weights, *self._biases)]
        optimiser = torch.optim.Adam(
            parameters,
            lr=0.03,
            weight_decay=decay,
        )
        rows = torch.from_numpy(x)
        targets = torch.from_numpy(y)
        loss_of = torch.nn.functional.binary_cross_entropy_with_logits
        for _ in range(steps):
            loss = loss_of(self._logits(rows), targets)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) probability that each row is True."""
        rows = torch.from_numpy(np.asarray(x, dtype=float))
        with torch.no_grad():
            return torch.sigmoid(self._logits(rows)).numpy()

    def _logits(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden = torch.tanh(inputs @ self._weights[0] + self._biases[0])
        outputs = hidden @ self._weights[1] + self._biases[1]
        return outputs[:, 0]


class Mahalanobis:
    """How far a row lies from the middle of the rows seen, measured in their own spread. Needs no
    labels."""

    def __init__(self, x: np.ndarray, ridge: float = 1e-3):
        """``ridge`` keeps the covariance invertible where features repeat each other."""
        x = array_checks.numbers("x", x, None, None)
        if len(x) < 2:
            raise ValueError("a spread needs at least two rows")
        in_range("ridge", ridge, 0)
        self._centre = x.mean(axis=0)
        covariance = np.cov(x, rowvar=False)
        # The ridge: a feature that never varies would make the matrix singular.
        # The ridge keeps the matrix invertible where two features say the same.
        steady = covariance + ridge * np.eye(x.shape[1])
        self._precision = np.linalg.inv(steady)

    def distance(self, x: np.ndarray) -> np.ndarray:
        """(n,) squared distance of each row."""
        away = x - self._centre
        return np.einsum("ni,ij,nj->n", away, self._precision, away)


def permutation_importance(
    measure: Callable[[np.ndarray], float],
    x: np.ndarray,
    groups: Sequence[Sequence[int]],
    repeats: int,
    seed: int,
) -> np.ndarray:
    """How much worse a model becomes when some columns are shuffled among the rows, everything else
    left alone.

    Args:
        measure: what the model loses on rows shaped as ``x`` (n, F); larger is worse.
        groups: columns that are shuffled together, keeping their rows; one column each is the usual
            importance.
        repeats: shuffles to average over.
        seed: fixes them.

    Returns (len(groups),) mean rise of the measure. ValueError for columns that x does not have.
    """
    function("measure", measure)
    x = array_checks.numbers("x", x, None, None)
    whole_number("repeats", repeats, 1, MOST_STEPS)
    validate.seed(seed)
    groups = _columns(groups, x.shape[1])
    rng = np.random.default_rng(seed)
    # The rise is taken against rows as they are, not against a perfect model.
    before = in_range("what measure returns", measure(x))
    rises = np.zeros(len(groups))
    for group, columns in enumerate(groups):
        for _ in range(repeats):
            shuffled = x.copy()
            order = rng.permutation(len(x))
            # One order for the group: columns that belong together stay together.
            shuffled[:, columns] = x[order][:, columns]
            rises[group] += (measure(shuffled) - before) / repeats
    return rises


def occlusion(
    probability: Callable[[np.ndarray], np.ndarray], row: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """How much of one ``row``'s probability is lost when a feature alone is replaced by that of
    ``reference``, (F,).

    Large: the model needs this feature for its suspicion. Negative: the feature speaks against it.
    ValueError unless row and reference are (F,) finite numbers.
    """
    function("probability", probability)
    row = array_checks.numbers("row", row, None)
    reference = array_checks.numbers("reference", reference, len(row))
    # One copy of the row for each feature, with that feature alone replaced.
    replaced = np.tile(row, (len(row), 1))
    np.fill_diagonal(replaced, reference)
    before = array_checks.numbers("probability(row[None])", probability(row[None]), 1)
    after = array_checks.numbers("probability(rows)", probability(replaced), len(row))
    return before[0] - after


def checked(
    x: np.ndarray, y: np.ndarray, largest: float = LARGEST
) -> tuple[np.ndarray, np.ndarray]:
    """Both as floats; ValueError where they do not fit, are not finite, or show one class only.

    ``largest``: bound of a feature, for methods in which a large one swamps the others.
    """
    x = _as_floats("x", x)
    y = array_checks.truths("y", y).astype(float)
    if x.ndim != 2 or y.shape != (len(x),):
        raise ValueError(
            f"training wants features (n, F) and labels (n,), got {x.shape} and {y.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError(
            "the features hold values that are not finite; give missing fields a number and a flag"
        )
    if np.abs(x).max(initial=0) > largest:
        raise ValueError(f"features beyond {largest:.0e} swamp the others; divide them by a scale")
    if not 0 < y.mean() < 1:
        raise ValueError("the labels are all the same; a classifier needs examples of both classes")
    return x, y


def _as_floats(name: str, value: np.ndarray) -> np.ndarray:
    """``value`` as floats, which may be nan."""
    return array_checks.unchecked(name, value).astype(float)


def _columns(groups: Sequence[Sequence[int]], features: int) -> list[np.ndarray]:
    """Each group of columns as whole numbers below ``features``."""
    if isinstance(groups, str) or not isinstance(groups, Sequence):
        raise ValueError(f"groups={validate.shown(groups)} is no list of lists of columns")
    columns = []
    for group in groups:
        numbers = array_checks.whole_numbers("groups", group, None)
        for column in numbers:
            whole_number("a column of groups", column, 0, features - 1)
        columns.append(numbers)
    return columns


def _sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _impurity(wins: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Gini impurity times the number of rows."""
    share = wins / rows
    return 2 * share * (1 - share) * rows
