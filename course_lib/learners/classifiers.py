"""Small classifiers and a detector, and two ways of asking a model afterwards what it looked at.

n rows, F features (floats, roughly between -1 and 1), y (n,) bool. A model has ``probability(X)``,
which returns (n,) floats; `Logistic` and `ShallowTree` can be read, `SmallNetwork` cannot.
`Mahalanobis` never sees a label.

Sources: Hastie, Tibshirani & Friedman (2009), "The Elements of Statistical Learning", sections 4.4
and 9.2; detector: Mahalanobis (1936); permutation importance: Breiman (2001); occlusion: Zeiler &
Fergus (2014).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch


class Logistic:
    """Logistic regression: the log-odds are a weighted sum of the features. Newton's method, ridge
    penalty."""

    def __init__(self, x: np.ndarray, y: np.ndarray, ridge: float = 1.0, steps: int = 25):
        x, y = checked(x, y)
        design = np.column_stack([np.ones(len(x)), x])
        penalty = ridge * np.eye(design.shape[1])
        coefficients = np.zeros(design.shape[1])
        for _ in range(steps):
            p = _sigmoid(design @ coefficients)
            slope = design.T @ (p - y) + penalty @ coefficients
            curvature = (design * (p * (1 - p))[:, None]).T @ design + penalty
            coefficients -= np.linalg.solve(curvature, slope)
        self.intercept, self.weights = float(coefficients[0]), coefficients[1:]

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) probability that each row is True."""
        return _sigmoid(x @ self.weights + self.intercept)


class ShallowTree:
    """A decision tree of a few questions, each "is this feature above that threshold?", chosen by
    Gini impurity."""

    def __init__(self, x: np.ndarray, y: np.ndarray, depth: int = 3, smallest: int = 20):
        """``smallest`` is the least number of rows in a leaf."""
        x, y = checked(x, y)
        self._smallest = smallest
        self._root = self._grow(x, y, depth)

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) share of True among the training rows of each row's leaf."""
        result = np.empty(len(x))
        self._fill(self._root, x, np.arange(len(x)), result)
        return result

    def lines(self, names: Sequence[str]) -> list[str]:
        """The whole tree as indented text, one line per question or leaf."""
        return list(self._lines(self._root, names, ""))

    def _grow(self, x: np.ndarray, y: np.ndarray, depth: int):
        """A leaf (share of True, number of rows), or (feature, threshold, branch below, branch
        above)."""
        best = _impurity(y.sum(), len(y)) - 1e-9, None
        for feature in range(x.shape[1]) if depth else ():
            best = min(
                best, self._best_split(x[:, feature], y, feature), key=lambda split: split[0]
            )
        if best[1] is None:
            return float(y.mean()), len(y)
        feature, threshold = best[1]
        above = x[:, feature] > threshold
        return (
            feature,
            threshold,
            *(self._grow(x[side], y[side], depth - 1) for side in (~above, above)),
        )

    def _best_split(self, column: np.ndarray, y: np.ndarray, feature: int):
        """(impurity left, (feature, threshold)) of the best threshold, or (inf, None)."""
        order = np.argsort(column, kind="stable")
        values, wins = column[order], np.cumsum(y[order])
        cuts = np.flatnonzero(values[1:] > values[:-1]) + 1
        cuts = cuts[(cuts >= self._smallest) & (cuts <= len(y) - self._smallest)]
        if not len(cuts):
            return np.inf, None
        left = _impurity(wins[cuts - 1], cuts) + _impurity(wins[-1] - wins[cuts - 1], len(y) - cuts)
        cut = cuts[left.argmin()]
        return float(left.min()), (feature, float(values[cut - 1] + values[cut]) / 2)

    def _fill(self, node, x: np.ndarray, rows: np.ndarray, result: np.ndarray) -> None:
        if len(node) == 2:
            result[rows] = node[0]
            return
        above = x[rows, node[0]] > node[1]
        self._fill(node[2], x, rows[~above], result)
        self._fill(node[3], x, rows[above], result)

    def _lines(self, node, names: Sequence[str], indent: str):
        if len(node) == 2:
            yield f"{indent}-> {100 * node[0]:.0f} % malicious ({node[1]} alerts)"
            return
        for sign, branch in (("above", node[3]), ("not above", node[2])):
            yield f"{indent}{names[node[0]]} {sign} {node[1]:.3g}"
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
        generator = torch.Generator().manual_seed(seed)
        sizes = [(x.shape[1], hidden), (hidden, 1)]
        self._weights = [
            torch.randn(a, b, generator=generator, dtype=torch.float64) / a**0.5 for a, b in sizes
        ]
        self._biases = [torch.zeros(b, dtype=torch.float64) for _, b in sizes]
        parameters = [tensor.requires_grad_() for tensor in (*self._weights, *self._biases)]
        optimiser = torch.optim.Adam(parameters, lr=0.03, weight_decay=decay)
        inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
        for _ in range(steps):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                self._logits(inputs), targets
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    def probability(self, x: np.ndarray) -> np.ndarray:
        """(n,) probability that each row is True."""
        with torch.no_grad():
            return torch.sigmoid(self._logits(torch.from_numpy(np.asarray(x, dtype=float)))).numpy()

    def _logits(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden = torch.tanh(inputs @ self._weights[0] + self._biases[0])
        return (hidden @ self._weights[1] + self._biases[1])[:, 0]


class Mahalanobis:
    """How far a row lies from the middle of the rows seen, measured in their own spread. Needs no
    labels."""

    def __init__(self, x: np.ndarray, ridge: float = 1e-3):
        """``ridge`` keeps the covariance invertible where features repeat each other."""
        x = np.asarray(x, dtype=float)
        self._centre = x.mean(axis=0)
        self._precision = np.linalg.inv(np.cov(x, rowvar=False) + ridge * np.eye(x.shape[1]))

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

    Returns (len(groups),) mean rise of the measure.
    """
    rng, before = np.random.default_rng(seed), measure(x)
    rises = np.zeros(len(groups))
    for g, columns in enumerate(groups):
        for _ in range(repeats):
            shuffled = x.copy()
            shuffled[:, columns] = x[rng.permutation(len(x))][:, columns]
            rises[g] += (measure(shuffled) - before) / repeats
    return rises


def occlusion(
    probability: Callable[[np.ndarray], np.ndarray], row: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """How much of one ``row``'s probability is lost when a feature alone is replaced by that of
    ``reference``, (F,).

    Large: the model needs this feature for its suspicion. Negative: the feature speaks against it.
    """
    masked = np.tile(np.asarray(row, dtype=float), (len(row), 1))
    np.fill_diagonal(masked, reference)
    return probability(row[None])[0] - probability(masked)


def checked(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as floats; ValueError where they do not fit, are not finite, or show one class only."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or y.shape != (len(x),):
        raise ValueError(
            f"training wants features (n, F) and labels (n,), got {x.shape} and {y.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError(
            "the features hold values that are not finite; give missing fields a number and a flag"
        )
    if not 0 < y.mean() < 1:
        raise ValueError("the labels are all the same; a classifier needs examples of both classes")
    return x, y


def _sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _impurity(wins, rows):
    """Gini impurity times the number of rows."""
    share = wins / rows
    return 2 * share * (1 - share) * rows
