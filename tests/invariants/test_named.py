"""Every promise has a test by name. A test that is renamed or lost fails here."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HUMANS, PAUSED, BOUNDS, KILLED, LOST, STALE, RACED = (
    f"invariants/test_github_{name}"
    for name in ("humans", "paused", "bounds", "killed", "lost", "stale", "raced")
)
APPROVAL, REFUSED, SECRETS = (f"e2e/test_github_{name}" for name in ("approval", "refused", "secrets"))

PROMISES: dict[str, tuple[str, ...]] = {
    # The invariants of every tick, whatever the forge
    "a weight is raised by one step at a time, proven on data of this step, while it is applied": (
        "invariants/test_01_one_proven_step::test_a_raise_is_one_step_proven_and_applied",
        "e2e/test_github_auto::test_a_healthy_release_climbs_from_1_to_100",
    ),
    "unknown is never healthy": (
        "invariants/test_02_unknown_is_never_healthy::test_one_bad_answer_among_all_is_enough_to_promote_nothing",
        f"{HUMANS}::test_the_status_follows_the_verdict_and_unknown_is_pending",
    ),
    "a standing hold stops promotions and only a human's resume lifts it": (
        (
            "invariants/test_03_only_a_resume_lifts_a_hold::"
            "test_a_hold_stands_through_healthy_ticks_and_only_a_resume_lets_it_go_on"
        ),
        f"{APPROVAL}::test_a_freeze_gives_two_buttons_and_closing_the_issue_resumes",
        f"{APPROVAL}::test_an_issue_opened_again_holds_again",
        "forge/github/test_labels::test_a_hold_without_its_label_stands_and_gets_it_back",
    ),
    "what a human lowered, reverted or closed is never raised or reopened": (
        "invariants/test_04_humans_win::test_over_random_histories_the_bot_never_raises_what_a_human_lowered",
        f"{APPROVAL}::test_the_revert_button_is_a_rollback_however_it_is_merged",
    ),
    "one open promotion a rollout, one hold a (rollout, kind, commit)": (
        "invariants/test_05_one_of_each::test_after_any_sequence_of_ticks_and_deeds_there_is_one_of_each",
        f"{KILLED}::test_a_tick_killed_before_or_after_any_call_ends_where_an_unkilled_one_ends",
    ),
    "killed anywhere and run again it ends where an unkilled one ends; two at once promote once": (
        "invariants/test_06_killed_or_raced::test_a_tick_killed_anywhere_ends_where_an_unkilled_one_ends",
        f"{RACED}::test_two_ticks_at_once_end_where_one_ends",
    ),
    "an edit changes the weight scalars and nothing else": (
        "invariants/test_07_only_the_digits::test_after_a_promotion_base_differs_only_in_the_weights_digits",
    ),
    "weights of a route keep their sum": (
        "invariants/test_08_sums_are_kept::test_a_promotion_moves_weight_between_stable_and_candidate_only",
    ),
    "no secret leaves, hostile text stays text": (
        "invariants/test_09_text_stays_text::test_a_hostile_commit_message_or_reason_is_shown_as_text",
        f"{SECRETS}::test_a_release_a_freeze_and_a_rollback_leave_no_trace_of_the_token",
    ),
    "every decision can be read afterwards": (
        "invariants/test_10_decisions_can_be_read_afterwards::test_a_promotions_trailer_leads_to_its_evidence",
    ),
    # Humans and evidence on GitHub
    "evidence expires: the required status mirrors the verdict, an approval does not outlive it": (
        f"{APPROVAL}::test_an_approval_of_yesterday_merges_nothing_that_is_sick_today",
        f"{HUMANS}::test_the_status_is_written_only_when_it_changes_or_grows_old",
    ),
    "a rollback only on a positive failure, allowed while held": (
        (
            "invariants/test_02_unknown_is_never_healthy::"
            "test_when_every_answer_is_bad_a_tick_changes_no_weight_and_says_why"
        ),
        "e2e/test_rollback::test_rollback_now_merges_whatever_the_hold_or_the_window",
    ),
    "closed unmerged is a veto until a resume": (
        f"{APPROVAL}::test_closing_is_a_veto_reopening_takes_it_back",
        f"{HUMANS}::test_a_closing_that_the_first_look_did_not_show_is_a_veto_all_the_same",
    ),
    "a revert, a lowered weight or a hand edit is a rollback however it is worded or merged": (
        f"{APPROVAL}::test_the_revert_button_is_a_rollback_however_it_is_merged",
        f"{APPROVAL}::test_merging_the_draft_rolls_back",
    ),
    "a human's commits on the branch are never overwritten nor merged": (
        f"{APPROVAL}::test_what_an_engineer_pushes_to_the_branch_is_left_alone",
    ),
    "a weight set by hand wins": (f"{HUMANS}::test_a_weight_set_by_hand_is_the_start_of_the_next_step",),
    "no merge past changes requested, drafts, checks, conversations, rules or the queue": (
        f"{HUMANS}::test_what_people_or_rules_hold_back_is_not_merged",
        f"{APPROVAL}::test_in_auto_the_bot_waits_for_the_approval_and_then_merges",
    ),
    "the bot never approves, never bypasses, never pushes to base": (
        f"{BOUNDS}::test_the_bot_never_approves_and_never_moves_base_but_by_merging",
    ),
    "a pause is seen right before every write that raises a weight: merge, opening, success": (
        f"{HUMANS}::test_a_pause_that_comes_while_a_tick_is_under_way_stops_its_merge",
        f"{PAUSED}::test_a_pause_that_comes_before_a_promotion_is_opened_stops_it",
        f"{PAUSED}::test_a_pause_that_comes_as_a_promotion_is_opened_keeps_it_from_green",
        f"{PAUSED}::test_a_pause_that_comes_before_a_status_keeps_a_proposal_from_green",
    ),
    # Idempotence and concurrency on GitHub
    "at most one open promotion, races included": (f"{RACED}::test_two_ticks_at_once_end_where_one_ends",),
    "a crash anywhere converges": (
        f"{KILLED}::test_a_tick_killed_before_or_after_any_call_ends_where_an_unkilled_one_ends",
    ),
    "concurrent runs never step twice": (
        f"{RACED}::test_two_ticks_at_once_end_where_one_ends",
        "e2e/test_github_race::test_two_processes_started_at_once_promote_once",
    ),
    "ambiguous writes are read back and not repeated": (
        f"{BOUNDS}::test_a_merge_whose_answer_is_lost_is_read_back_and_not_sent_again",
        f"{BOUNDS}::test_a_pull_request_whose_answer_is_lost_is_not_opened_twice",
        f"{LOST}::test_a_tick_whose_replies_are_lost_or_errors_ends_where_an_undisturbed_one_ends",
    ),
    "a plan writes nothing": (f"{BOUNDS}::test_a_plan_writes_nothing",),
    "level-triggered": (f"{BOUNDS}::test_ticks_that_were_dropped_change_nothing_of_where_it_ends",),
    "only the verified head is merged": (
        f"{HUMANS}::test_a_push_between_the_check_and_the_merge_stops_the_merge",
    ),
    "a proposal whose base moved is rebuilt or withdrawn": (
        f"{HUMANS}::test_a_proposal_whose_base_moved_is_rebuilt_or_withdrawn_and_never_merged_as_it_was",
    ),
    "reading one's writes is not assumed": (
        f"{STALE}::test_a_tick_that_reads_what_was_a_moment_ago_ends_where_an_informed_one_ends",
    ),
    "bounded: limits honoured, deadlines kept, nothing half made": (
        f"{BOUNDS}::test_a_limit_is_waited_for_as_long_as_github_says",
        f"{BOUNDS}::test_no_wait_outlasts_the_tick_and_nothing_is_half_made",
        f"{BOUNDS}::test_a_limit_in_the_middle_of_a_tick_leaves_what_the_next_one_finishes",
    ),
    # Security on GitHub
    "untrusted text stays data": (
        f"{HUMANS}::test_a_hostile_reason_is_text_in_the_hold_and_forges_no_record",
        "forge/github/test_words::test_a_hostile_word_of_resume_is_text_in_the_note_and_the_comment",
        "forge/github/test_words::test_a_hostile_reason_does_nothing_in_the_title_of_its_issue",
        "report/test_numbers::test_an_injection_is_text_in_markdown_in_code_and_in_html",
        "core/test_promql::test_no_version_ends_the_string_it_is_put_into",
        "repo/test_refs::test_a_name_that_git_or_an_option_parser_would_misread_is_refused",
    ),
    "secrets never appear": (
        f"{SECRETS}::test_a_release_a_freeze_and_a_rollback_leave_no_trace_of_the_token",
        f"{SECRETS}::test_an_answer_that_echoes_the_token_is_not_repeated",
        f"{SECRETS}::test_the_apps_private_key_and_its_token_leave_no_trace",
    ),
    "credentials go to their own origin only": (
        "metrics/test_session::test_no_request_and_no_header_ever_follows_a_redirect_to_another_host",
        "forge/github/test_api::test_a_redirect_elsewhere_takes_no_credentials_along",
    ),
    "no address comes from the repository's content": (
        "metrics/test_session::test_the_session_sends_to_its_origin_only",
        "policy/test_read::test_a_problem_is_told_with_its_place_and_its_remedy",
    ),
    "too little or an expired right names the setting and leaves nothing half made": (
        f"{REFUSED}::test_what_github_does_not_let_the_bot_do_names_the_setting",
        f"{REFUSED}::test_every_cause_has_its_own_words",
    ),
    "only those who may are obeyed": (
        f"{HUMANS}::test_closing_the_hold_resumes_only_from_a_human_who_may_triage",
        f"{HUMANS}::test_a_closing_keyword_in_what_somebody_merges_is_no_resume",
        f"{APPROVAL}::test_an_outsiders_and_a_bots_closing_resumes_nothing",
    ),
    "text alone makes nothing ours": (
        f"{HUMANS}::test_a_forged_hold_issue_holds_nothing",
        f"{HUMANS}::test_a_forks_branch_of_our_name_is_not_ours",
        f"{HUMANS}::test_a_forks_flood_keeps_no_proposal_green_that_fails",
        f"{HUMANS}::test_a_branch_that_a_human_made_under_our_name_is_left_alone",
        f"{HUMANS}::test_a_pull_request_that_a_human_opened_from_our_branch_is_not_merged",
    ),
}


@cache
def names_in(file: str) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / f"{file}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_has_its_test(promise: str) -> None:
    missing = [name for name in PROMISES[promise] if name.split("::")[1] not in names_in(name.split("::")[0])]
    assert missing == []
