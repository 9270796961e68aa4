"""Decides, from the tree, Intercom and the baseline, what changes: pure, as one plan value.

`build.make_plan` reads in order what happens: `matching` says which remote item belongs to which file, `compare` what
changed on which side, `planner` and `removal` what follows from that, `links` what is sent again, `losses` what
readers would lose.
"""

from helpsync.plan.bodies import Bodies, LinkNames, markdown_of
from helpsync.plan.build import Planned, known_links, make_plan
from helpsync.plan.compare import ParentComparison, TextComparison, edited_fields, managed_fields, remote_fields
from helpsync.plan.context import Policy, admin_id, check_workspace
from helpsync.plan.drift import edited_at, state_edits, with_uncertain_writes
from helpsync.plan.links import (
    Directory,
    Place,
    anchors_of,
    ids_to_send,
    leads_within,
    link_order,
    own_link_namer,
    pinned,
    pinned_places,
    relinks_of,
)
from helpsync.plan.losses import blanked, losses_of, named_targets, published_counts, staying, with_inbound
from helpsync.plan.matching.adoption import Adoption, By, adopt, adoption_differences, adoption_targets
from helpsync.plan.matching.matches import Match, Matching, title_of
from helpsync.plan.matching.similarity import percent
from helpsync.plan.plan import (
    SUMMARY,
    Attention,
    BodyChange,
    BodySides,
    Change,
    FieldChange,
    LocaleChange,
    Loss,
    Plan,
    Step,
    change_values,
    field_values,
    locale_values,
)
from helpsync.plan.record_after import adopted_record, full_records, images_of, record_of, tombstone
from helpsync.plan.saved_plan import (
    SAVED_SCHEMA,
    SavedPlan,
    Terms,
    carried_out,
    from_values,
    misplaced,
    saved_values,
    seal,
    stale_reasons,
    terms_of,
)
from helpsync.plan.survey import Survey, articles_of, survey

__all__ = [
    "SAVED_SCHEMA",
    "SUMMARY",
    "Adoption",
    "Attention",
    "Bodies",
    "BodyChange",
    "BodySides",
    "By",
    "Change",
    "Directory",
    "FieldChange",
    "LinkNames",
    "LocaleChange",
    "Loss",
    "Match",
    "Matching",
    "ParentComparison",
    "Place",
    "Plan",
    "Planned",
    "Policy",
    "SavedPlan",
    "Step",
    "Survey",
    "Terms",
    "TextComparison",
    "admin_id",
    "adopt",
    "adopted_record",
    "adoption_differences",
    "adoption_targets",
    "anchors_of",
    "articles_of",
    "blanked",
    "carried_out",
    "change_values",
    "check_workspace",
    "edited_at",
    "edited_fields",
    "field_values",
    "from_values",
    "full_records",
    "ids_to_send",
    "images_of",
    "known_links",
    "leads_within",
    "link_order",
    "locale_values",
    "losses_of",
    "make_plan",
    "managed_fields",
    "markdown_of",
    "misplaced",
    "named_targets",
    "own_link_namer",
    "percent",
    "pinned",
    "pinned_places",
    "published_counts",
    "record_of",
    "relinks_of",
    "remote_fields",
    "saved_values",
    "seal",
    "stale_reasons",
    "state_edits",
    "staying",
    "survey",
    "terms_of",
    "title_of",
    "tombstone",
    "with_inbound",
    "with_uncertain_writes",
]
