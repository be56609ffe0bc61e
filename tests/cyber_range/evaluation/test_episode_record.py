"""The replay record: built from truth dictionaries, saved, loaded, and refused when damaged."""

import base64
import json
import pathlib
import zlib

import numpy as np
import pytest
from support.records import META, made_up_record, made_up_truths

from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.evaluation.episode_record import (
    EpisodeRecord,
    record_episode,
    record_from_truth,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture
def record():
    return made_up_record()


def same(a, b):
    return a.digest() == b.digest() and all(getattr(a, name) == getattr(b, name) for name in META)


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_round_trip(tmp_path, defenders):
    count = 5 if defenders == "official" else 7
    rng = np.random.default_rng(0)
    record = made_up_record(
        defenders=defenders,
        messages=rng.integers(0, 4, (40, 7, 76)),
        told=rng.integers(0, 2, (39, count, 8)),
    )
    record.save(tmp_path / "episode.json")
    loaded = EpisodeRecord.load(tmp_path / "episode.json")
    assert same(record, loaded)
    np.testing.assert_array_equal(loaded.messages, record.messages)
    assert loaded.messages.dtype == np.int8


def test_round_trip_without_optional_arrays(tmp_path, record):
    record.save(tmp_path / "episode.json")
    loaded = EpisodeRecord.load(tmp_path / "episode.json")
    assert same(record, loaded) and loaded.messages is None and loaded.told is None


def test_saving_twice_writes_the_same_bytes(tmp_path, record):
    record.save(tmp_path / "a.json")
    EpisodeRecord.load(tmp_path / "a.json").save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_frames_and_events_come_from_the_right_ticks():
    truths = made_up_truths()
    record = record_from_truth(truths, META)
    assert record.ticks == 39 and record.level.shape == (40, 128) and record.reward.shape == (39,)
    np.testing.assert_array_equal(record.level[0], truths[0]["level"])
    np.testing.assert_array_equal(record.red_kind[0], truths[1]["red_kind"])
    assert record.reward[-1] == truths[-1]["reward"]


def test_scores_and_curves(record):
    assert record.score_so_far()[0] == 0
    assert record.score_so_far()[5] == record.reward[:5].sum()
    assert record.official_score() == record.reward[:38].sum() != record.reward.sum()
    held = record.hosts_held()
    assert held[7] == np.count_nonzero(record.level[7]) and (record.hosts_held(2) <= held).all()


def test_arrays_cannot_be_changed(record):
    with pytest.raises(ValueError):
        record.level[0, 0] = 1


def test_digest_sees_one_changed_number():
    truths = made_up_truths()
    truths[20]["reliability"][5] = 7
    assert record_from_truth(truths, META).digest() != made_up_record().digest()


def test_an_episode_with_messages_stays_below_200_kilobytes(tmp_path):
    rng = np.random.default_rng(0)
    drawn = rng.random((500, 7, 76)) < 0.002  # message bits are remembered, so they change seldom
    record = made_up_record(
        499, messages=np.logical_or.accumulate(drawn) + 0, told=np.zeros((499, 5, 8))
    )
    record.save(tmp_path / "episode.json")
    assert (tmp_path / "episode.json").stat().st_size < 200_000


def test_truths_of_two_episodes_are_refused():
    truths = made_up_truths()
    with pytest.raises(ValueError, match="step numbers"):
        record_from_truth(truths[:3] + truths[:3], META)
    with pytest.raises(ValueError, match="at least one tick"):
        record_from_truth(truths[:1], META)
    truths[5]["exists"] = ~truths[5]["exists"]
    with pytest.raises(ValueError, match="hosts changed"):
        record_from_truth(truths, META)


def test_wrong_shapes_and_values_are_refused():
    truths = made_up_truths()
    with pytest.raises(ValueError, match="blue_class has shape"):
        record_from_truth(truths, META | {"defenders": "per-zone"})
    with pytest.raises(
        ValueError, match="defenders='nobody' is unknown; allowed: official, per-zone"
    ):
        record_from_truth(truths, META | {"defenders": "nobody"})
    truths[2]["red_host"] = np.full(6, 500)
    with pytest.raises(ValueError, match="red_host holds values outside -1..127"):
        record_from_truth(truths, META)


def test_a_failed_save_keeps_the_old_file(tmp_path, record, monkeypatch):
    record.save(tmp_path / "episode.json")
    before = (tmp_path / "episode.json").read_bytes()

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="episode.json"):
        made_up_record(ticks=20).save(tmp_path / "episode.json")
    assert (tmp_path / "episode.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_files_that_went_through_windows(tmp_path, record):
    record.save(tmp_path / "episode.json")
    text = (tmp_path / "episode.json").read_text()
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "other.json").write_bytes(text.encode(encoding))
        assert same(EpisodeRecord.load(tmp_path / "other.json"), record)


def test_the_recorded_episode_of_lesson_0_still_loads():
    recorded = EpisodeRecord.load(ROOT / "notebooks" / "data" / "film-seed0.json")
    assert (recorded.policy, recorded.seed, recorded.ticks) == ("three-layer-settled", 0, 499)
    assert recorded.official_score() < 0


def edited(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _bomb(content):
    content["arrays"]["level"] = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()


@pytest.mark.parametrize(
    "change, word",
    [
        (lambda c: c.update(format="picture"), 'lacks the entry "format": "course-replay"'),
        (lambda c: c.update(version=2), "version 2 and this course reads version 1"),
        (lambda c: c.pop("seed"), "seed is missing"),
        (lambda c: c.update(seed=True), "seed is missing or no int"),
        (lambda c: c.update(ticks=10**12), "ticks are missing or out of range"),
        (lambda c: c.update(ticks=38), "wrong length"),
        (lambda c: c.update(ticks=True), "ticks are missing or out of range"),
        (lambda c: c.update(arrays=[1]), "no table of arrays"),
        (lambda c: c.update(defenders="x"), "defenders"),
        (lambda c: c["arrays"].pop("level"), "level cannot be read"),
        (lambda c: c["arrays"].update(level="###"), "level cannot be read"),
        (lambda c: c["arrays"].update(level=[1]), "level cannot be read"),
        (
            lambda c: c["arrays"].update(
                level=c["arrays"]["level"][: len(c["arrays"]["level"]) // 8 * 4]
            ),
            "level",
        ),
        (
            lambda c: c["arrays"].update(level=c["arrays"]["reliability"]),
            "level holds values outside",
        ),
        (_bomb, "level has the wrong length"),
    ],
)
def test_a_damaged_or_foreign_file_is_one_line(tmp_path, record, change, word):
    path = tmp_path / "episode.json"
    record.save(path)
    edited(path, change)
    with pytest.raises(ValueError, match=word) as error:
        EpisodeRecord.load(path)
    assert "\n" not in str(error.value) and "episode.json" in str(error.value)


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04\x95", b"[1, 2]", b'{"format": "course-re', b"[" * 100_000]
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match="damaged, or it is not|lacks the entry"):
        EpisodeRecord.load(tmp_path / "other")


class Busybody:
    """Restores, blocks and deploys decoys in turn, by the clock."""

    def __init__(self, defenders="official", observation="flat"):
        self.defenders, self.observation = defenders, observation

    def reset(self, seed):
        self.seed = seed

    def act(self, observations, infos):
        small, large = ((33, 58, 66, 49), (97, 170, 194, 145))
        return {
            agent: (small if len(info["action_mask"]) == 82 else large)[info["step"] // 3 % 4]
            for agent, info in infos.items()
        }


@pytest.mark.parametrize("defenders, observation", [("official", "flat"), ("per-zone", "message")])
def test_an_episode_of_the_range(tmp_path, defenders, observation):
    record = record_episode(Busybody(defenders, observation), seed=5, steps=60, phishing_rate=0.5)
    assert (
        record.ticks == 59
        and record.policy == "Busybody"
        and record.options == {"phishing_rate": 0.5}
    )
    assert (record.messages is None) == (observation == "flat")
    assert record.level[:, record.exists == 0].max() == 0
    assert (
        record.hosts_held()[0] == 1 and record.level[0, 112:].max() == 1
    )  # red's foothold in the contractor network
    assert {2, 3} <= set(record.blue_class.ravel()) and record.blocked.any() and record.decoys.any()
    record.save(tmp_path / "episode.json")
    assert same(record, EpisodeRecord.load(tmp_path / "episode.json"))


def test_the_record_agrees_with_the_environment():
    policy, env = Busybody(), parallel_env(steps=60)
    record = record_episode(policy, seed=5, steps=60)
    observations, infos = env.reset(seed=5)
    rewards = []
    while env.agents:
        observations, reward, _, _, infos = env.step(policy.act(observations, infos))
        rewards.append(reward["blue_agent_0"])
    assert record.reward.tolist() == rewards and record.official_score() == sum(rewards[:58])
    assert record.level[-1].tolist() == list(env.truth()["level"])
    assert record.digest() == record_episode(Busybody(), seed=5, steps=60).digest()
    assert record.digest() != record_episode(Busybody(), seed=6, steps=60).digest()
