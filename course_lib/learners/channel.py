"""What lies between a speaker and a listener: the unit that makes bits, and all that can happen to
them on their way.

A message is a vector of bits, written -1 and +1; 0 stands for "nothing came". A *channel* is a
function that changes what is heard in one step::

    channel(heard, listening, rng) -> heard

    heard      (S, E, N, B) float, the bits that reach each agent: S teams, E episodes, N agents
    listening  (S, E, N) bool, whether somebody speaks to the agent in this step
    rng        a torch generator

Controls for a claim about messages are channels too: `muted`, `shuffled` and `foreign`.
"""

from collections.abc import Callable, Sequence

import torch

from course_lib.validate import probability, whole_number

Channel = Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]


def regularise(
    logits: torch.Tensor,
    noise: float,
    generator: torch.Generator,
) -> torch.Tensor:
    """Half of the discretise/regularise unit, for training: real messages in (-1, 1).

    Foerster and others (2016), section 5.2, with bits from -1 to 1 in place of 0 to 1:
    ``2 sigmoid(logits + N(0, noise^2)) - 1``. The noise can only be beaten by logits far from zero,
    and so the speaker learns to say something that is nearly a bit. Differentiable.
    """
    disturbed = logits + noise * torch.randn(
        logits.shape,
        generator=generator,
    )
    return torch.tanh(disturbed / 2)  # the same number as 2 sigmoid(x) - 1


def discretise(logits: torch.Tensor) -> torch.Tensor:
    """The other half, for execution: bits -1 or +1, the sign of each logit. No gradient passes."""
    return torch.where(logits > 0, 1.0, -1.0)


def muted(
    heard: torch.Tensor,
    listening: torch.Tensor,
    rng: torch.Generator,
) -> torch.Tensor:
    """Control: nothing comes through."""
    return torch.zeros_like(heard)


def shuffled(
    heard: torch.Tensor,
    listening: torch.Tensor,
    rng: torch.Generator,
) -> torch.Tensor:
    """Control: each listener hears what a listener of another episode should have heard.

    Every team's bits keep their frequencies and lose their meaning.
    """
    mixed = heard.clone()
    for team in range(len(heard)):
        places = listening[team].nonzero()
        order = torch.randperm(len(places), generator=rng)
        here = places.T.unbind()  # one index a dimension: places to write to, and to read from
        there = places[order].T.unbind()
        mixed[team][here] = heard[team][there]
    return mixed


def foreign(recorded: Sequence[torch.Tensor]) -> Channel:
    """Control: each team hears the bits of another training run, spoken in the same episodes.

    The next team has played these episodes for itself, and what its listeners heard in each step,
    (S, E, N, B), was ``recorded``. Its words keep their meaning; what is missing is the agreement.
    """
    steps = iter(recorded)

    def channel(
        heard: torch.Tensor,
        listening: torch.Tensor,
        rng: torch.Generator,
    ) -> torch.Tensor:
        return next(steps).roll(-1, dims=0)

    return channel


def flipped(chance: float) -> Channel:
    """A spoofer: each bit is turned round with this probability."""
    probability("chance", chance)

    def channel(
        heard: torch.Tensor,
        listening: torch.Tensor,
        rng: torch.Generator,
    ) -> torch.Tensor:
        turned = torch.rand(heard.shape, generator=rng) < chance
        return torch.where(turned, -heard, heard)

    return channel


def lost(chance: float) -> Channel:
    """A bad line: each message is lost as a whole with this probability, and the listener knows."""
    probability("chance", chance)

    def channel(
        heard: torch.Tensor,
        listening: torch.Tensor,
        rng: torch.Generator,
    ) -> torch.Tensor:
        gone = torch.rand(listening.shape, generator=rng) < chance
        return torch.where(
            gone[..., None],
            torch.zeros_like(heard),
            heard,
        )

    return channel


def delayed(steps: int) -> Channel:
    """A slow line: messages arrive so many steps late; before the first one nothing comes.

    The channel remembers; make a new one for each round of episodes.
    """
    whole_number("steps", steps, 1)
    on_the_way: list[torch.Tensor] = []

    def channel(
        heard: torch.Tensor,
        listening: torch.Tensor,
        rng: torch.Generator,
    ) -> torch.Tensor:
        on_the_way.append(heard)
        if len(on_the_way) <= steps:
            return torch.zeros_like(heard)
        return on_the_way.pop(0)

    return channel


def authenticated(attack: Channel) -> Channel:
    """A defence: a message that the attack has changed is recognised by its tag and dropped.

    The tag (a message authentication code) travels outside the bits that are counted here. It tells
    forgery from truth; it brings nothing back.
    """

    def channel(
        heard: torch.Tensor,
        listening: torch.Tensor,
        rng: torch.Generator,
    ) -> torch.Tensor:
        arrived = attack(heard, listening, rng)
        genuine = (arrived == heard).all(
            dim=-1,
            keepdim=True,
        )
        return torch.where(genuine, arrived, torch.zeros_like(arrived))

    return channel
