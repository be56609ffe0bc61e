"""Exercises and quiz of lesson 10, the unit and its four flows."""

import numpy as np
import torch

from course_lib.hierarchy.message_function import MessageFunction
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "10",
    quiz=Quiz(
        Question(
            (
                "A commander with three children loses one. What has to be done to its message "
                "function?"
            ),
            right=(
                ("Nothing: the mask removes the child, and the others share its attention"),
                (
                    "No weight knows the number of children; the softmax runs over those that are "
                    "present."
                ),
            ),
            wrong={
                "One input of the network is removed, with the weights that belong to it": (
                    "The network reads one message of 76 entries at a time; it has no input per "
                    "child."
                ),
                "It is trained again, for a while, with the messages of two children": (
                    "It works without. Whether it works well with two is another question, which "
                    "only a measurement answers."
                ),
            },
        ),
        Question(
            (
                "The attention map of an untrained team shows every sender with about the same "
                "share. What follows?"
            ),
            right=(
                "Nothing about the senders: random weights listen to all alike",
                "The entropy is near its maximum before training. Meaning, if any, comes with "
                "training, and influence must be measured apart.",
            ),
            wrong={
                "All zones are equally important, and equally under attack": (
                    "The picture would be the same with any messages."
                ),
                "All zones move the decision equally, since their shares are equal": (
                    "Weight is not influence; in the lesson no zone moved the decision at all."
                ),
            },
        ),
        Question(
            "One child has 82 % of the pooling weight. What do you know of its influence on the "
            "command?",
            right=(
                "Nothing until you leave it out",
                "In the lesson's team the child with the largest weight was the one that mattered "
                "most in little more than half of the looks.",
            ),
            wrong={
                "It has 82 % of the influence, too": (
                    "Weight says who is heard. OFF had 2 % and moved the command furthest."
                ),
                "It has the largest, if not 82 %": (
                    "Often not: siblings are heard through its encoding, and it through theirs."
                ),
            },
        ),
    ),
)


def attend_by_loops(query, key, value, present):
    """Masked attention, one number at a time: (heard, attention) as arrays."""
    query, key, value = (np.asarray(part, float) for part in (query, key, value))
    there, (batch, heads, children, width) = np.asarray(present), query.shape
    attention = np.zeros((batch, heads, children, children))
    for b in range(batch):
        for i in np.flatnonzero(there[b]):
            scores = np.einsum("hd,hjd->hj", query[b, :, i], key[b]) / np.sqrt(width)
            weights = np.exp(scores) * there[b]
            attention[b, :, i] = weights / weights.sum(axis=1, keepdims=True)
    return attention @ value, attention


def some_children(seed: int, *shape: int) -> tuple[torch.Generator, torch.Tensor]:
    """A generator, and who is present in a batch: everybody, all but one, one alone, all but the
    first and the last."""
    present = torch.ones(4, shape[0], dtype=torch.bool)
    present[1, 1] = False
    present[2, 1:] = False
    present[3, [0, -1]] = False
    return torch.Generator().manual_seed(seed), present


@LESSON.exercise(
    title="Attention with a mask",
    priority="must",
    difficulty="medium",
    minutes=15,
    hints=(
        "`scores = query @ key.transpose(-2, -1) / sqrt(width)` is (B, H, receivers, senders). "
        "Which entries may not count?",
        "`scores.masked_fill(~allowed, -1e30)` before the softmax over the senders, times "
        "`allowed` after it, where `allowed` is `present[:, None, None, :] & present[:, None, :, "
        "None]`.",
    ),
    examples=(
        example(
            torch.zeros(1, 1, 2, 4),
            torch.zeros(1, 1, 2, 4),
            torch.tensor([[[[4.0, 0, 0, 0], [0, 8, 0, 0]]]]),
            torch.tensor([[True, True]]),
            gives=(torch.tensor([[[[2.0, 4, 0, 0], [2, 4, 0, 0]]]]), torch.full((1, 1, 2, 2), 0.5)),
        ),
    ),
    look_at='"The message function" in lesson 10',
    done="This is the whole of attention. The next cells put it into the real message function.",
)
def attend(probe: Probe) -> None:
    generator, present = some_children(101, 4)
    for heads, width in ((1, 4), (2, 9), (4, 19)):
        query, key, value = (
            2 * torch.randn(4, heads, 4, width, generator=generator) for _ in range(3)
        )
        got = probe.parts(probe(query, key, value, present), "heard", "attention")
        heard, attention = (torch.as_tensor(part).detach() for part in got)
        expected = attend_by_loops(query, key, value, present)
        probe.equal(
            tuple(attention.shape), (4, heads, 4, 4), "attention is (B, H, receivers, senders)"
        )
        sums = attention.sum(dim=-1)
        said = "the row of a present receiver sums to 1, that of an absent one to 0"
        probe.equal(sums, present[:, None].expand(-1, heads, -1).float(), said, tolerance=1e-4)
        said = "nobody listens to an absent sender: its column is 0"
        probe.equal(attention * ~present[:, None, None], torch.zeros_like(attention), said)
        said = (
            "softmax over the present senders of query times key, divided by the square root of "
            "the width"
        )
        probe.equal(attention, expected[1], said, tolerance=1e-4)
        probe.equal(
            heard,
            expected[0],
            "heard is the attention-weighted sum of the senders' values",
            tolerance=1e-4,
        )
    gradient_of_attention(probe, generator)


def gradient_of_attention(probe: Probe, generator: torch.Generator) -> None:
    """What a unit learns through: the gradient reaches query, key and value."""
    parts = [torch.randn(2, 2, 3, 5, generator=generator) for _ in range(3)]
    wanted = [part.clone().requires_grad_() for part in parts]
    torch.nn.functional.scaled_dot_product_attention(*wanted).sum().backward()
    handed = [part.requires_grad_() for part in parts]
    heard, _ = probe(*handed, torch.ones(2, 3, dtype=torch.bool))
    said = "the gradient flows from what is heard to query, key and value: phi is trained with it"
    for place, part in enumerate(wanted):
        probe.carries_gradient(heard, place, part.grad, said)


@LESSON.exercise(
    title="Pooling",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "The same idea as before: a softmax among those present, over the children, and then a "
            "weighted sum."
        ),
        (
            "Where nobody is present the weights must be 0, not 1/N and not nan: multiply by "
            "`present` after the softmax."
        ),
    ),
    examples=(
        example(
            torch.tensor([[[1.0, 3.0], [5.0, 1.0]]]),
            torch.zeros(1, 2),
            torch.tensor([[True, True]]),
            gives=(torch.tensor([[3.0, 2.0]]), torch.tensor([[0.5, 0.5]])),
        ),
        example(
            torch.tensor([[[7.0, 7.0]]]),
            torch.tensor([[0.3]]),
            torch.tensor([[True]]),
            gives=(torch.tensor([[7.0, 7.0]]), torch.tensor([[1.0]])),
        ),
    ),
    look_at='"The message function" in lesson 10',
    done=(
        "With all scores 0, as before training, this is the plain mean of the children that are "
        "present."
    ),
)
def pool(probe: Probe) -> None:
    generator, present = some_children(102, 5)
    present = torch.cat([present, torch.zeros(1, 5, dtype=torch.bool)])
    for width in (3, 76):
        encoded, scores = (
            torch.randn(5, 5, width, generator=generator),
            torch.randn(5, 5, generator=generator),
        )
        got = probe.parts(probe(encoded, scores, present), "message", "weights")
        message, weights = (torch.as_tensor(part).detach() for part in got)
        raw = scores.double().exp() * present
        expected = raw / raw.sum(dim=1, keepdim=True).clamp(min=1e-12)
        said = "the weights of the present children sum to 1"
        probe.equal(weights[:4].sum(dim=1), torch.ones(4), said, tolerance=1e-4)
        said = "a softmax of the scores among the children that are present; all 0 where nobody is"
        probe.equal(weights, expected, said, tolerance=1e-4)
        fused = torch.einsum("bn,bnd->bd", expected, encoded.double())
        probe.equal(
            message, fused, "the message is the weighted sum of the encodings", tolerance=1e-4
        )
    encoded = torch.randn(2, 3, 4, generator=generator).requires_grad_()
    scores = torch.randn(2, 3, generator=generator).requires_grad_()
    weights = torch.softmax(scores.detach(), dim=1)
    own = encoded.detach().sum(dim=2)
    to_scores = weights * (own - (weights * own).sum(dim=1, keepdim=True))
    message, _ = probe(encoded, scores, torch.ones(2, 3, dtype=torch.bool))
    said = "the gradient flows from the message to encodings and scores: phi is trained with it"
    probe.carries_gradient(message, 0, weights[..., None].expand(2, 3, 4), said)
    probe.carries_gradient(message, 1, to_scores, said)


def nobody_is_there(probe: Probe) -> None:
    """forward_pass(phi, messages, present) gives a message of zeros where no child is present"""
    torch.manual_seed(0)
    phi = MessageFunction().requires_grad_(False)
    got = probe(phi, torch.rand(2, 3, 76), torch.zeros(2, 3, dtype=torch.bool))
    got = probe.parts(got, "message", "attention", "weights")
    probe.equal(got[0], torch.zeros(2, 76), "a unit to which nobody reports has a message of zeros")


@LESSON.exercise(
    title="The whole of phi",
    priority="must",
    difficulty="hard",
    minutes=20,
    hints=(
        "Empty the rows of absent children; query, key, value; your `attend`; mix the heads, add, "
        "normalise; feed-forward with ReLU, add, normalise; your `pool` with `phi.score`.",
        "`layer.norm_attention(tokens + layer.mix_heads(joined))`, then "
        "`layer.norm_feed(tokens + layer.feed_out(torch.relu(layer.feed_in(tokens))))`.",
    ),
    examples=(nobody_is_there,),
    look_at="course_lib/hierarchy/message_function.py, and the steps in the text of the exercise",
    done="You have written section 3.4 of the paper. Next it plays on the range.",
)
def forward_pass(probe: Probe) -> None:
    generator, present = some_children(103, 4)
    for seed in (0, 1):
        torch.manual_seed(seed)
        phi = MessageFunction().requires_grad_(False)
        for (
            weights
        ) in phi.parameters():  # also scores and normalisations away from their simple start
            weights.add_(0.1 * torch.randn(weights.shape, generator=generator))
        messages = torch.rand(4, 4, 76, generator=generator)
        messages[~present] = 50.0  # rubbish in the place of absent children
        lone = messages[2:3, :1], present[2:3, :1]  # one child alone: the pooling has no choice
        said = (
            "the encodings are added, normalised, fed forward, added and normalised, as in the "
            "five steps"
        )
        probe.equal(probe(phi, *lone)[0].detach(), phi(*lone).message, said, tolerance=1e-3)
        got = probe.parts(probe(phi, messages, present), "message", "attention", "weights")
        message, attention, pooling = (part.detach() for part in got)
        wanted = phi(messages, present)
        said = (
            "the attention of the course's message function comes out, without a trace of absent "
            "children"
        )
        probe.equal(attention, wanted.attention, said, tolerance=1e-3)
        said = (
            "the pooling weights come from phi.score of the encodings, among the present children"
        )
        probe.equal(pooling, wanted.pooling, said, tolerance=1e-3)
        probe.equal(
            message, wanted.message, "the fused message of the course comes out", tolerance=1e-3
        )
    everybody = torch.ones(4, 4, dtype=torch.bool)
    handed = torch.rand(4, 4, 76, generator=generator).requires_grad_()
    ramp = torch.linspace(0, 1, 76)
    (wanted,) = torch.autograd.grad((ramp * phi(handed, everybody).message).sum(), handed)
    fused = probe(phi, handed, everybody)[0]
    said = "the gradient flows from the fused message to the messages: units learn through it"
    probe.carries_gradient(ramp * fused, 1, wanted, said)


@LESSON.exercise(
    title="What a loss does to the attention",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "The scores between the children that stay do not change. So what changes in the softmax?",
        (
            "Set row and column of the lost child to 0, then divide each row by its new sum, if "
            "that is not 0."
        ),
    ),
    examples=(
        example(
            np.array([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 0.0]]),
            lost=2,
            gives=np.array([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 0.0]]),
        ),
    ),
    look_at='"The message function" in lesson 10, the text after its first prediction',
    done="Exact for one layer: each row is renormalised. With two layers it would only be close.",
)
def after_loss(probe: Probe) -> None:
    rng = np.random.default_rng(104)
    for children in (2, 3, 7):
        attention = rng.dirichlet(np.ones(children), size=children)
        if children == 7:  # one is absent already
            attention[4], attention[:, 4] = 0, 0
            sums = attention.sum(axis=1, keepdims=True)
            attention = np.divide(attention, sums, out=attention, where=sums > 0)
        for lost in range(children):
            got = np.asarray(probe(attention, lost=lost))
            said = "nobody hears the lost child, and it hears nobody: its column and its row are 0"
            probe.equal(np.r_[got[lost], got[:, lost]], np.zeros(2 * children), said)
            wanted = attention.copy()
            wanted[lost], wanted[:, lost] = 0, 0
            sums = wanted.sum(axis=1, keepdims=True)
            wanted = np.divide(wanted, sums, out=np.zeros_like(wanted), where=sums > 0)
            probe.equal(
                got,
                wanted,
                "in each row the shares that remain grow in proportion until they sum to 1",
            )


@LESSON.exercise(
    title="Own reward first",
    priority="should",
    difficulty="easy",
    minutes=10,
    hints=(
        "For a present child: `own` times its reward plus `1 - own` times the mean of its "
        "*present* siblings, without itself.",
        "A child whose siblings are all lost keeps everything; an absent child gets 0.",
    ),
    examples=(
        example(np.array([2.0, 4.0]), np.array([True, True]), own=0.5, gives=np.array([3.0, 3.0])),
        example(np.array([-6.0]), np.array([True]), own=0.5, gives=np.array([-6.0])),
    ),
    look_at='"The reward function" in lesson 10',
    done="own = 1 is everybody for itself; own = 1/N is one pot for all.",
)
def mixed_rewards(probe: Probe) -> None:
    rng = np.random.default_rng(105)
    cases = [
        ([1, 1, 1], 0.7),
        ([1, 0, 1, 1], 0.7),
        ([0, 1, 0], 0.4),
        ([1, 1, 1, 0, 1], 1.0),
        ([1, 0, 1], 0.0),
        ([0, 1, 1, 0], 0.7),
    ]
    for there, own in cases:
        present, rewards = np.array(there, bool), rng.normal(-3, 2, len(there)).round(1)
        expected = np.zeros(len(there))
        for i in np.flatnonzero(present):
            others = [rewards[j] for j in np.flatnonzero(present) if j != i]
            expected[i] = own * rewards[i] + (1 - own) * np.mean(others) if others else rewards[i]
        said = (
            "the share `own` comes from a child's own reward, the rest from the mean of its "
            "present siblings; alone, it keeps all"
        )
        probe.equal(probe(rewards, present, own=own), expected, said)
