"""A push of a saved plan writes nothing that the reviewer did not see, and takes no picture from elsewhere."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from journey_site import Site, page

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "a/_collection.md": page(name="A"),
    "a/linking.md": page("See [that](target.md#head).\n", title="Linking"),
    "a/target.md": page("# Head\n\nText of the target.\n", title="Target"),
}


def saved(site: Site) -> str:
    path = str(site.root / "plan.json")
    assert site("diff", "--out", path).code == 0
    return path


def test_articles_that_a_saved_plan_does_not_name_are_left_to_the_next_push_and_named(tmp_path: Path) -> None:
    with Site(tmp_path, heading_ids="renew") as site:
        site.content(FILES)
        site.push()
        shutil.rmtree(site.root / ".helpsync")
        # Only a write shows whether Intercom gives headings new ids, so this plan can't know of it.
        assert site("adopt", "--yes").code == 0
        site.content({**FILES, "a/target.md": page("# Head\n\nText of the target, edited.\n", title="Target")})
        plan = saved(site)
        assert list(json.loads((site.root / "plan.json").read_text(encoding="utf-8"))["items"]) == ["a/target"]
        ran = site.push("--plan", plan, "--format", "json")
        assert (ran.code, len(ran.writes)) == (0, 1)
        assert ran.json["relinks_left"] == [{"address": "a/linking", "locales": ["en"]}]
        assert "a/linking (en); the next push does that" in ran.err
        assert len(site.push().writes) == 1
        assert "dead anchor" not in str(site.shown())


def test_a_plan_made_for_pictures_from_another_place_is_stale(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.content(FILES)
        plan = saved(site)
        config = site.root / "helpsync.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace("pictures.example", "elsewhere.example"), "utf-8")
        ran = site.push("--plan", plan)
        assert (ran.code, ran.writes) == (13, [])
        assert "elsewhere.example" in ran.err
