"""Every kind of policy is saved as what it is, and loads again as that."""

import numpy as np
import pytest

from course_lib import cyber_range, training
from course_lib.training.pretrained import SHIPPED

KINDS = (*cyber_range.POLICIES, *SHIPPED)


@pytest.mark.parametrize("suffix", [".pt", ".json", ""])
@pytest.mark.parametrize("name", ["expert", "three-layer", "flat"])
def test_the_name_of_the_file_does_not_matter(name, suffix, tmp_path):
    training.load_policy(name).save(tmp_path / f"mine{suffix}")
    if name == "expert" and suffix == ".pt":
        return  # a scripted policy is JSON; nobody calls it .pt
    assert training.load_policy(tmp_path / f"mine{suffix}").name == name


@pytest.mark.parametrize("name", KINDS)
def test_a_saved_policy_plays_as_it_did(name, tmp_path):
    policy = training.load_policy(name)
    file = tmp_path / ("mine.json" if name in cyber_range.POLICIES else "mine.pt")
    policy.save(file)
    again = training.load_policy(file)
    assert type(again) is type(policy)
    assert (again.name, again.defenders) == (policy.name, policy.defenders)
    first = cyber_range.evaluate(policy, episodes=2, seed=40, steps=60).scores
    assert np.array_equal(cyber_range.evaluate(again, episodes=2, seed=40, steps=60).scores, first)


def test_weights_doctrine_and_description_are_kept(tmp_path):
    for changes in ({"weights": "random"}, {"doctrine": False}):
        policy = training.load_policy("two-layer", **changes)
        policy.save(tmp_path / "mine.pt")
        again = training.load_policy(tmp_path / "mine.pt")
        assert again.doctrine == policy.doctrine and again.about == policy.about
        for name, weight in policy.team.state_dict().items():
            assert (again.team.state_dict()[name] == weight.half()).all()


def test_per_zone_policies_keep_their_agents(tmp_path):
    for name in ("expert", "two-layer"):
        training.load_policy(name, "per-zone").save(tmp_path / f"{name}.pt")
    assert training.load_policy(tmp_path / "two-layer.pt").defenders == "per-zone"


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    policy = training.load_policy("two-layer")
    file = tmp_path / "mine.pt"
    file.write_bytes(b"old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="mine.pt"):
        policy.save(file)
    assert file.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_an_unknown_name_lists_every_policy():
    with pytest.raises(ValueError, match="'nobody' is neither a file nor a policy") as error:
        training.load_policy("nobody")
    assert all(name in str(error.value) for name in KINDS)
