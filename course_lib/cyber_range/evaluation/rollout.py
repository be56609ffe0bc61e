"""One episode of one policy in the PettingZoo face: the loop that evaluation and recording
share."""


def play_episode(env, policy, seed: int, tick=None):
    """Play one episode to its end.

    Args:
        env: a DefenderEnv whose observation is the policy's.
        policy: a policy in the contract's sense; it is reset with the same seed.
        seed: seed of the episode.
        tick: optional function called with the env after the reset and after each tick, e.g. to
            record.

    Returns:
        the episode's STATISTICS record; its ``score`` is that of the official protocol.
    """
    observations, infos = env.reset(seed=seed)
    policy.reset(seed)
    while env.agents:
        if tick is not None:
            tick(env)
        observations, _, _, _, infos = env.step(policy.act(observations, infos))
    if tick is not None:
        tick(env)
    return env.statistics()
