"""A referential game of alerts: say which alert it is, so that somebody else can name it.

An alert has attributes, here a zone and a kind. The speaker sees the alert and sends a few bits;
the listener hears the bits and must name each attribute. Some combinations never occur in training:
a team whose words have parts (one for the zone, one for the kind) can still talk about them, a team
that has learned one word for each alert cannot.
"""

from itertools import product

import numpy as np

from course_lib import validate

ZONE_WORDS = ("RZA", "OZA", "RZB", "OZB")
KIND_WORDS = ("scan", "exploit", "root file", "exfiltration")


class AlertGame:
    """All alerts, and which of them are kept back."""

    def __init__(
        self,
        kept_back: int = 4,
        seed: int = 0,
    ):
        """Keep ``kept_back`` alerts (0 to 4) out of training, each with another zone and another
        kind, so that every zone and every kind still occurs."""
        validate.whole_number("kept_back", kept_back, 0, len(ZONE_WORDS))
        self.attributes = (ZONE_WORDS, KIND_WORDS)
        self.alerts = np.array(
            list(
                product(
                    range(len(ZONE_WORDS)),
                    range(len(KIND_WORDS)),
                )
            )
        )
        """(16, 2) ints: zone and kind of each alert."""
        rng = np.random.default_rng(validate.seed(seed))
        kinds = rng.permutation(len(KIND_WORDS))
        pairs = list(enumerate(kinds))[:kept_back]
        self.is_kept_back = np.array([tuple(alert) in pairs for alert in self.alerts])
        """(16,) bool."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each attribute has."""
        return tuple(len(words) for words in self.attributes)

    def seen(self) -> np.ndarray:
        """(16, 8) float32: each alert as the speaker sees it, one one-hot an attribute."""
        columns = zip(self.sizes, self.alerts.T, strict=True)
        parts = [np.eye(size)[column] for size, column in columns]
        return np.concatenate(
            parts,
            axis=1,
        ).astype(np.float32)

    def name(self, number: int) -> str:
        """An alert in words, such as "exploit in OZA"."""
        zone, kind = self.alerts[number]
        return f"{KIND_WORDS[kind]} in {ZONE_WORDS[zone]}"


def compositional_code() -> np.ndarray:
    """(16, 4) bits of -1 and +1: a predefined language, two bits for the zone, two for the kind."""
    return np.array(
        list(
            product(
                (-1, 1),
                repeat=4,
            )
        )
    )


def holistic_code(rng: np.random.Generator) -> np.ndarray:
    """(16, 4) bits: a word of its own for each alert, without parts: the same words, mixed up.

    ValueError unless ``rng`` is a generator of numpy.
    """
    validate.instance("rng", rng, np.random.Generator, "np.random.default_rng(0) is one")
    return compositional_code()[rng.permutation(16)]
