"""A crew and its sensors: whose words are heard."""

import torch

from course_lib.learners import ReportConfig, ReportingTeam

SMALL = ReportConfig(sensors=2, inputs=3, bits=4, actions=3, runs=3)


def test_a_foreign_speaker_looks_at_the_zones_of_its_listener():
    team = ReportingTeam(SMALL)
    obs = torch.rand(3, 5, 2, 3, generator=torch.Generator().manual_seed(0))
    heard = []

    def listen(bits, listening, rng):
        heard.append(bits)
        return bits

    team.channel = listen
    with torch.no_grad():
        team(obs)
        team.speakers_from = 1
        team(obs)
        everybody = [team.say(obs[[run]].expand(3, -1, -1, -1)) for run in range(3)]
    own, foreign = heard
    for run in range(3):
        assert (own[run] == everybody[run][run]).all()
        assert (foreign[run] == everybody[run][(run + 1) % 3]).all()
    assert (own != foreign).any()


def test_a_predefined_code_has_no_foreigners():
    team = ReportingTeam(SMALL, code=lambda seen: torch.cat([seen, seen[..., :1]], dim=-1).sign())
    obs = torch.rand(3, 5, 2, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    with torch.no_grad():
        own = team(obs)
        team.speakers_from = 1
        assert (team(obs) == own).all()
