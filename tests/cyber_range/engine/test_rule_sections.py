"""Which test shows which section of the rules: no section 1 to 8 of the fact sheet is left without
one.

The sections are those of the course's description of CAGE Challenge 4: 1 topology, 2 clock, 3 blue,
4 red actions, 5 red agents, 6 green, 7 reward, 8 observations and actions, 11 recorded statistics,
12 the sheet's own list of checks.
"""

import importlib
import inspect
import re

import pytest

MODULES = [
    "test_blue",
    "test_clock",
    "test_green",
    "test_observation",
    "test_red_actions",
    "test_red_beliefs",
    "test_red_sessions",
    "test_red_variants",
    "test_reference",
    "test_reward",
    "test_topology",
]

SECTION_TESTS = {
    "1.1": """
        test_defenders_have_their_zones test_zones_have_their_owners
        test_green_agents_are_numbered_in_the_order_of_the_generator
    """.split(),
    "1.2": """
        test_zone_sizes_are_uniform test_hosts_fill_their_slots_from_the_front
    """.split(),
    "1.3": """
        test_every_host_runs_ssh_and_ot_runs_in_the_operational_zones_alone
        test_added_services_are_a_random_subset_of_random_size test_services_begin_active_and_whole
        test_a_new_process_id_is_the_largest_plus_one_to_nine
    """.split(),
    "1.4": """
        test_the_path_between_two_zones_does_not_matter
    """.split(),
    "1.5": """
        test_root_on_the_first_server_reveals_other_first_servers
        test_root_on_another_host_reveals_nothing
    """.split(),
    "1.6": """
        test_random_agents_know_their_first_host_from_the_start
        test_red_begins_with_one_session_in_the_contractor_network
        test_the_first_session_is_on_a_uniformly_random_host
        test_each_red_agent_knows_one_of_its_zones
        test_blue_can_act_on_every_host_of_its_zones_from_the_start
        test_red_first_sees_its_own_host_as_held
    """.split(),
    "2.1": """
        test_phases_are_thirds_and_remainders_lengthen_the_first
        test_phase_element_changes_in_the_observations_of_steps_168_and_335
        test_episode_is_over_after_499_steps_and_498_rewards_count
    """.split(),
    "2.2": """
        test_decoy_and_recovery_are_reported_when_they_are_done test_duration_of_each_blue_action
        test_duration_of_each_red_action
    """.split(),
    "2.3": """
        test_analyse_misses_the_exploit_of_its_own_tick
        test_firewall_changes_come_before_red_in_the_same_tick
        test_firewall_changes_come_before_green_in_the_same_tick test_blue_comes_before_green
        test_green_comes_before_red test_red_agents_act_in_their_order
        test_an_action_whose_session_is_gone_before_the_tick_is_dropped
        test_a_new_action_of_a_busy_defender_is_thrown_away test_defenders_do_not_disturb_each_other
        test_the_step_counter_counts_ticks_since_the_reset
    """.split(),
    "2.4": """
        test_no_index_makes_an_invalid_action
    """.split(),
    "2.5": """
        test_a_session_won_in_the_tick_of_a_recovery_survives
        test_an_action_fails_if_blue_removes_its_session_in_the_same_tick
        test_degrade_needs_no_acting_session
        test_escalation_of_a_rooted_host_needs_no_acting_session_but_reveals_nothing
        test_an_action_runs_from_the_session_that_was_promoted_to_its_id
        test_an_action_on_a_held_host_fails_if_the_session_there_vanished
    """.split(),
    "3": """
        test_analyse_reports_files_with_the_observation_of_its_last_tick
        test_analyse_misses_the_exploit_of_its_own_tick
        test_block_and_allow_change_one_pair_and_repeating_them_changes_nothing
        test_decoy_and_recovery_are_reported_when_they_are_done
    """.split(),
    "3.1": """
        test_event_bits_last_one_tick test_monitor_and_sleep_give_the_same_trajectories
        test_only_exploits_flag_process_ids test_flags_are_never_cleared
    """.split(),
    "3.2": """
        test_remove_kills_flagged_user_shells_only test_restore_ends_every_red_session_of_the_host
        test_restore_puts_the_host_back test_restore_leaves_flags_blocks_and_what_red_remembers
        test_restore_wipes_earlier_bits_and_later_events_of_its_tick_set_them_again
        test_restore_means_no_downtime
    """.split(),
    "3.3": """
        test_decoy_type_is_uniform_among_the_compatible
        test_decoys_listen_and_stand_in_the_service_table test_vsftpd_can_be_deployed_without_limit
        test_degrading_wears_decoys_too_and_local_work_may_pick_them
        test_decoy_types_drawn_by_the_rules_are_those_of_the_service_table
    """.split(),
    "3.4": """
        test_block_stops_scans_and_exploits_in_its_direction_only
        test_the_acting_session_decides_about_a_block_not_the_agent
        test_block_does_not_touch_other_red_actions
        test_block_touches_neither_handing_over_nor_phishing_nor_messages
        test_block_stops_green_in_both_directions
    """.split(),
    "3.5": """
        test_a_new_process_may_get_an_id_flagged_long_ago
        test_ids_continue_above_the_largest_that_is_left
        test_remove_restarts_a_listed_decoy_that_bears_a_flagged_id
        test_remove_ends_an_orphaned_decoy_that_bears_a_flagged_id
        test_remove_spares_an_unflagged_decoy_and_genuine_services
    """.split(),
    "4": """
        test_sweeps_and_deception_checks_succeed_from_any_session_and_leave_no_trace
        test_scans_and_exploits_need_an_abstract_session
        test_a_scan_remembers_all_listening_ports_with_decoys test_scans_are_detected_at_their_rates
        test_a_decoy_always_notices_a_scan test_exploit_needs_a_scan_by_this_very_session
        test_exploit_makes_a_plain_user_session
        test_escalation_turns_a_random_own_session_of_the_host_into_root
        test_escalation_of_a_rooted_host_changes_nothing
        test_escalation_fails_from_a_plain_session_and_without_a_session_on_the_host
        test_impact_needs_root_and_a_running_ot_service
        test_degrade_takes_20_points_from_every_running_service_down_to_zero
        test_withdraw_ends_own_sessions_on_the_host_but_spares_session_zero
        test_withdraw_by_session_zero_from_its_own_host_ends_everything_there
        test_withdraw_stops_where_the_acting_session_itself_dies
    """.split(),
    "4.1": """
        test_the_best_exploit_is_discarded_and_the_rest_are_equally_likely
        test_undefended_exploits_succeed_five_times_in_six
        test_ssh_exploit_shows_on_the_target_for_certain_and_on_the_source_often
        test_an_exploit_from_the_contractor_network_is_seen_on_the_target_alone
        test_sql_injection_shows_a_process_only
        test_a_web_exploit_without_a_decoy_fails_without_a_trace
        test_a_web_exploit_on_a_decoy_fails_and_is_seen test_genuine_apache_shields_a_vsftpd_decoy
        test_a_decoy_on_another_port_is_not_touched
        test_decoys_deployed_after_the_scan_influence_nothing
        test_the_first_decoy_of_a_bare_host_stops_no_exploit
    """.split(),
    "5.1": """
        test_there_are_nine_states
    """.split(),
    "5.2": """
        test_action_by_state_of_the_chosen_host
        test_host_is_uniform_among_those_believed_and_not_given_up
        test_acting_session_is_uniform_over_all_abstract_ids_ever_shown
        test_swept_zone_is_uniform_over_known_own_zones_and_independent_of_the_host
        test_red_never_sleeps_by_choice
    """.split(),
    "5.3": """
        test_belief_after_a_success test_belief_stays_after_a_failure_or_a_dropped_action
        test_an_exploited_foreign_host_is_given_up
        test_swept_hosts_enter_as_k_and_a_second_sweep_makes_them_kd
        test_first_decision_takes_its_hosts_as_held_and_later_ones_as_known
        test_phishing_on_a_known_host_does_not_change_its_state
        test_a_lost_host_becomes_known_and_swept test_a_host_with_another_own_session_is_not_lost
        test_red_first_sees_its_own_host_as_held
    """.split(),
    "5.4": """
        test_scans_and_exploits_need_an_abstract_session
        test_acting_session_is_uniform_over_all_abstract_ids_ever_shown
        test_new_session_id_is_the_largest_plus_one
        test_known_ids_are_the_abstract_ones_and_never_leave
        test_a_known_id_reused_by_a_plain_session_cannot_scan test_port_memory_dies_with_its_session
        test_promotion_keeps_port_memory
    """.split(),
    "5.5": """
        test_a_phished_agent_acts_from_the_next_tick
        test_a_foreign_session_goes_to_the_owner_of_its_zone
        test_sessions_are_handed_over_in_the_order_of_old_agent_and_old_id
        test_sessions_in_own_zones_stay
        test_an_agent_without_a_session_sleeps_and_its_beliefs_freeze
        test_an_action_in_progress_counts_down_without_a_session_and_is_dropped
        test_a_result_of_the_tick_in_which_the_last_session_is_lost_is_never_seen
    """.split(),
    "5.6": """
        test_a_random_remaining_session_is_promoted_to_id_zero
        test_a_promoted_plain_session_cannot_scan_for_as_long_as_it_lives
        test_promotion_keeps_port_memory
        test_after_the_last_session_is_lost_the_next_one_is_abstract_with_id_zero
    """.split(),
    "5.7": """
        test_swept_zone_is_uniform_over_known_own_zones_and_independent_of_the_host
        test_a_zone_becomes_known_with_a_session_in_it
    """.split(),
    "5.8": """
        test_host_is_uniform_among_those_believed_and_not_given_up
        test_blocks_stop_the_way_in_through_known_servers
        test_a_given_up_host_is_never_attacked_again_even_after_a_restore
        test_nobody_can_clean_the_contractor_network
    """.split(),
    "5.9": """
        test_table_rows_are_probabilities test_every_variant_plays
        test_three_of_four_scans_of_aggressive_and_one_of_four_of_stealthy_are_detectable
        test_variants_change_only_what_they_say test_discovery_actions_by_state
        test_discovery_draws_a_state_first
        test_discovery_draws_uniformly_among_states_of_weight_zero
        test_discovery_prefers_servers_it_knows_by_name
        test_discovery_draws_uniformly_if_all_are_named_servers
        test_discovery_learns_names_from_sessions_exploits_and_files_but_not_from_sweeps
        test_random_agent_draws_its_command_uniformly_from_all_ten
        test_random_agent_draws_parameters_independently
        test_random_agent_gives_no_host_up_and_learns_names_only_by_exploits_and_sessions
        test_random_agents_know_their_first_host_from_the_start
        test_sleep_of_the_random_agent_is_free_for_the_next_tick
    """.split(),
    "6": """
        test_green_visits_works_and_sleeps_a_third_of_the_time_each
        test_every_user_acts_in_every_tick
    """.split(),
    "6.1": """
        test_local_work_fails_as_often_as_its_service_is_unreliable
        test_local_work_picks_a_running_service_uniformly
        test_a_stopped_ot_service_is_not_picked_and_causes_no_failure
        test_local_work_leaves_a_false_alarm_on_its_own_host
        test_default_false_alarms_are_one_in_a_hundred
        test_failed_work_raises_no_alarm_and_opens_no_mail
        test_default_phishing_rate_is_one_in_a_hundred
    """.split(),
    "6.2": """
        test_default_false_alarms_are_one_in_a_hundred
        test_visits_go_to_the_servers_of_the_allowed_zones
        test_destination_is_uniform_over_allowed_servers
        test_a_visit_may_leave_a_false_alarm_on_its_destination_only
        test_a_blocked_visit_fails_and_leaves_an_event_on_the_destination_for_certain
        test_visits_do_not_care_about_degraded_stopped_or_held_servers
    """.split(),
    "6.3": """
        test_phishing_makes_an_abstract_user_session_without_a_trace
        test_phishing_does_nothing_where_red_is_already
        test_users_of_the_contractor_network_are_phished_too
        test_a_mail_comes_from_a_random_host_that_red_holds
        test_a_mail_comes_from_the_zone_itself_if_red_is_there
        test_two_sessions_on_a_host_are_one_pair
        test_phishing_session_survives_remove_but_not_restore
        test_default_phishing_rate_is_one_in_a_hundred
    """.split(),
    "7.1": """
        test_points_of_each_event test_reward_is_that_of_the_phase_of_the_tick
    """.split(),
    "7.2": """
        test_every_impact_that_comes_due_is_charged
        test_an_impact_is_charged_where_its_target_stands
        test_an_impact_of_an_agent_without_any_session_is_free
        test_an_impact_is_charged_if_its_agent_won_a_session_in_that_tick
        test_other_red_actions_cost_nothing_by_themselves test_statistics_add_up_to_the_reward
    """.split(),
    "7.3": """
        test_reward_is_that_of_the_phase_of_the_tick
        test_five_restores_cost_five_points_and_restore_once
        test_each_defender_pays_for_its_own_restores test_a_masked_restore_costs_nothing
        test_other_blue_actions_cost_nothing test_statistics_add_up_to_the_reward
    """.split(),
    "8.1": """
        test_restore_wipes_earlier_bits_and_later_events_of_its_tick_set_them_again
        test_lengths_are_92_and_210_and_the_batch_pads_with_zeros
        test_space_has_three_values_first_and_two_after test_each_block_says_which_zone_it_is
        test_blocked_bits_show_the_truth_towards_this_zone_at_once
        test_event_bits_stand_at_their_host test_after_reset_there_are_no_events_blocks_or_messages
        test_defenders_have_their_zones test_host_numbers_follow_the_names_of_the_simulator
        test_events_fall_on_users_and_servers_alike
    """.split(),
    "8.2": """
        test_policy_bits
    """.split(),
    "8.3": """
        test_messages_arrive_in_the_same_step_in_increasing_order_without_the_own_slot
        test_messages_do_not_depend_on_being_busy
    """.split(),
    "8.4": """
        test_every_action_index_means_what_the_table_says test_sizes_and_padding
        test_per_zone_defenders_use_the_small_layout
        test_mask_is_false_for_absent_hosts_and_padding_only test_labels_say_what_an_index_means
    """.split(),
    "11": """
        test_means_agree_with_the_public_simulator test_no_table_overflowed
        test_phase_rewards_add_up
    """.split(),
    "12.1": """
        test_lengths_are_92_and_210_and_the_batch_pads_with_zeros
        test_every_action_index_means_what_the_table_says
    """.split(),
    "12.2": """
        test_phase_element_changes_in_the_observations_of_steps_168_and_335
        test_episode_is_over_after_499_steps_and_498_rewards_count
    """.split(),
    "12.3": """
        test_five_restores_cost_five_points_and_restore_once
    """.split(),
    "12.4": """
        test_block_stops_scans_and_exploits_in_its_direction_only
        test_block_stops_green_in_both_directions
        test_blocked_bits_show_the_truth_towards_this_zone_at_once
    """.split(),
    "12.5": """
        test_the_best_exploit_is_discarded_and_the_rest_are_equally_likely
    """.split(),
    "12.6": """
        test_scans_are_detected_at_their_rates test_a_decoy_always_notices_a_scan
        test_ssh_exploit_shows_on_the_target_for_certain_and_on_the_source_often
        test_sql_injection_shows_a_process_only
    """.split(),
    "12.7": """
        test_phishing_session_survives_remove_but_not_restore
        test_first_decision_takes_its_hosts_as_held_and_later_ones_as_known
        test_a_phished_agent_acts_from_the_next_tick
        test_a_foreign_session_goes_to_the_owner_of_its_zone
    """.split(),
    "12.8": """
        test_swept_hosts_enter_as_k_and_a_second_sweep_makes_them_kd
    """.split(),
    "12.9": """
        test_every_impact_that_comes_due_is_charged
        test_an_impact_of_an_agent_without_any_session_is_free
    """.split(),
    "12.10": """
        test_messages_arrive_in_the_same_step_in_increasing_order_without_the_own_slot
    """.split(),
    "12.11": """
        test_exploit_needs_a_scan_by_this_very_session
    """.split(),
    "12.12": """
        test_a_web_exploit_on_a_decoy_fails_and_is_seen test_genuine_apache_shields_a_vsftpd_decoy
    """.split(),
    "12.13": """
        test_monitor_and_sleep_give_the_same_trajectories
    """.split(),
    "12.14": """
        test_means_agree_with_the_public_simulator
    """.split(),
}

SECTIONS = (
    "1.1 1.2 1.3 1.4 1.5 1.6  2.1 2.2 2.3 2.4 2.5  3 3.1 3.2 3.3 3.4 3.5  4 4.1  "
    "5.1 5.2 5.3 5.4 5.5 5.6 5.7 5.8 5.9  6 6.1 6.2 6.3  7.1 7.2 7.3  8.1 8.2 8.3 8.4"
).split()
CHECKS = [f"12.{i}" for i in range(1, 15)]
"""The fact sheet's list of what a re-implementation should pass."""


@pytest.fixture(scope="module")
def tests():
    """Name -> test function of every module above; no name occurs twice."""
    found = {}
    for module in MODULES:
        for name, function in inspect.getmembers(
            importlib.import_module(module), inspect.isfunction
        ):
            if name.startswith("test_"):
                assert name not in found, f"{name} is defined twice"
                found[name] = function
    return found


def cited_sections(function):
    """Sections that a test's docstring names before its first colon: "3.1, 12.13: .." -> {"3.1",
    "12.13"}."""
    head = re.match(r"[\d., ()abcpoint]*\d[^:]*:", inspect.getdoc(function) or "")
    return (
        set(re.findall(r"\b\d+(?:\.\d+)?\b", re.sub(r"point \d+", "", head.group())))
        if head
        else set()
    )


@pytest.mark.parametrize("section", SECTIONS + CHECKS)
def test_every_section_has_a_test(section, tests):
    """At least one; each exists, can be called, and says itself that it is about this section."""
    names = SECTION_TESTS[section]
    assert names and len(set(names)) == len(names)
    for name in names:
        assert callable(tests.get(name)), f"{name} does not exist"
        assert section in cited_sections(tests[name]), f"{name} does not cite section {section}"


def test_the_table_is_complete(tests):
    """Every test of a rule that cites a section stands in the table under it, and no other section
    is listed."""
    assert set(SECTION_TESTS) == {*SECTIONS, *CHECKS, "11"}
    for name, function in tests.items():
        for section in cited_sections(function) & set(SECTION_TESTS):
            assert name in SECTION_TESTS[section], f"{name} is missing under {section}"
