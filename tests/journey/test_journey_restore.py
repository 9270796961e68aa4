"""After a bad push there is a way back: what it overwrote, removed, moved or hid is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from churn import pass_a_day
from helpsync.baseline import moment_text
from journey_site import Died, Site, page
from readers_view import view
from switches import COVERING

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

RICH = (
    "## How long\n\nThree *days*, see [paying](paying.md#by-card) and [top](guide/start.md).\n\n"
    "- one\n    - inner\n- two\n\n"
    "### Then\n\n> [!WARNING]\n> Mind the gap.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```\ncode  <b>\n```\n\n"
    "![Screen](https://x.example/one.png)\n\n![Local](/pictures/local.png)\n\nLine  \nbroken, مرحبا, 你好\n"
)
GOOD = {
    "pictures/local.png": "GIF89a, not really a picture",
    "billing/_collection.md": page(name="Billing", description="Money"),
    "billing/_collection.fr.md": page(name="Facturation"),
    "billing/refunds.md": page(RICH, title="Refunds", description="Getting money back"),
    "billing/refunds.fr.md": page(
        "# Combien\n\nTrois jours, voir [payer](paying.md#par-carte).\n", title="Remboursements"
    ),
    "billing/paying.md": page("# By card\n\nAs in [refunds](refunds.md#then).\n\n# Top\n", title="Paying"),
    "billing/paying.fr.md": page("# Par carte\n\nVite.\n", title="Payer"),
    "billing/guide/_collection.md": page(name="Guide"),
    "billing/guide/start.md": page("Begin. See [refunds](../refunds.md).\n", title="Start"),
    "other/_collection.md": page(name="Other"),
    "other/hidden.md": page("Not yet.\n", title="Hidden", state="draft"),
    "other/kept.md": page("Stays.\n", title="Kept"),
}
BAD = {
    "pictures/local.png": "GIF89a, not really a picture",
    "billing/_collection.md": page(name="BILLING", description="TODO"),
    "billing/refunds.md": page("# TODO\n\n![x](https://x.example/other.png)\n", title="TODO", description="TODO"),
    "other/_collection.md": page(name="Other"),
    "other/paying.md": page("# By card\n\nAs in [refunds](../billing/refunds.md).\n\n# Top\n", title="Paying"),
    "other/hidden.md": page("Not yet.\n", title="Hidden", state="published"),
    "other/kept.md": page("Stays.\n", title="Kept"),
    "other/new.md": page("New.\n", title="New"),
}
"""Retitled, rewritten, moved, published, translations and a folder removed."""
RULES = "rules: {broken-link: warn, broken-anchor: warn}\n"


def pushed(site: Site, files: dict[str, str]) -> None:
    site.clock.now += 60
    site.content(files)
    ran = site.push("--allow-remove", "99")
    assert ran.code == 0, (ran.out, ran.err)


def site_at(root: Path, on_remove: str = "delete", **switches: Any) -> Site:
    site = Site(root, on_remove=on_remove, **switches)
    config = root / "helpsync.yaml"
    config.write_text(config.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    return site


@pytest.mark.parametrize("on_remove", ["delete", "unpublish"])
@pytest.mark.parametrize("switches", COVERING, ids=lambda switches: "-".join(switches.values()))
def test_a_bad_push_is_undone_in_every_position_of_the_switches(
    tmp_path: Path, switches: dict[str, str], on_remove: str
) -> None:
    with site_at(tmp_path, on_remove, **switches) as site:
        pushed(site, GOOD)
        pushed(site, GOOD)  # where ids are renewed, the first one learns it
        before = view(site)
        pushed(site, BAD)
        assert view(site) != before
        site.clock.now += 60
        pass_a_day(site.sandbox, 3)
        ran = site("restore", "--yes", "--allow-remove", "9")
        assert ran.code == 0, (ran.out, ran.err)
        after = view(site)
        moved = {"billing/paying": after["other/paying"]}
        assert {address: {**after, **moved}[address] for address in before} == before
        # The files say nothing else than before: no push sends the bad texts again.
        assert site.plan()["changes"] == []
        assert site.push().writes == []
        # With the files back both sides agree, and the article that the bad push made goes.
        site.content(GOOD)
        plan = site.plan()
        assert [change["address"] for change in plan["changes"]] == ["other/new"]
        assert [item for item in plan["attention"] if item["kind"] in ("drift", "conflict")] == []
        assert [method for method, _ in site.push("--allow-remove", "9").writes] in (["DELETE"], ["PUT"])
        assert {address: view(site)[address] for address in before} == before


def test_repeating_a_restore_keeps_links_where_ids_are_renewed(tmp_path: Path) -> None:
    def files(word: str) -> dict[str, str]:
        return {
            "a/_collection.md": "---\nname: A\n---\n",
            "a/one.md": f"---\ntitle: One\n---\n# First\n\n{word}\n",
            "a/two.md": f"---\ntitle: Two\n---\n# Second\n\n{word}, see [one](one.md#first).\n",
            "a/three.md": f"---\ntitle: Three\n---\n{word}, see [two](two.md#second).\n",
        }

    with site_at(tmp_path, heading_ids="renew") as site:
        pushed(site, files("Good"))
        pushed(site, files("Good"))  # learns that ids are renewed
        good = view(site)
        moment = moment_text(site.clock.now)
        pushed(site, files("Bad"))
        site.clock.now += 60
        assert site("restore", "--yes", "--at", moment).code == 0
        assert view(site) == good
        assert site("restore", "--yes", "--at", moment).writes == []
        assert view(site) == good


def test_a_restore_is_undone_by_its_run(tmp_path: Path) -> None:
    with site_at(tmp_path, "unpublish", heading_ids="keep") as site:
        pushed(site, GOOD)
        good = view(site)
        pushed(site, BAD)
        bad = view(site)
        for expected in (good, bad, good):
            site.clock.now += 60
            last = site("restore", "--list", "--format", "json").json["runs"][0]["id"]
            ran = site("restore", "--yes", "--allow-remove", "9", "--run", last)
            assert ran.code == 0, (ran.out, ran.err)
            shown = view(site)
            assert {a: shown[a] for a in shown.keys() & expected.keys()} == {
                a: expected[a] for a in shown.keys() & expected.keys()
            }


@pytest.mark.parametrize("heading_ids", ["keep", "renew"])
@pytest.mark.parametrize("number", range(1, 12))
def test_an_interrupted_restore_is_completed_by_the_same_command(tmp_path: Path, number: int, heading_ids: str) -> None:
    with site_at(tmp_path, heading_ids=heading_ids) as site:
        pushed(site, GOOD)
        before = view(site)
        pushed(site, BAD)
        writes: list[str] = []

        def die(method: str, path: str, phase: str) -> None:
            if method != "GET" and phase == "after":
                writes.append(path)
                if len(writes) == number:
                    raise Died

        site.sandbox.on_request = die
        first = site("restore", "--yes", "--allow-remove", "9")
        site.sandbox.on_request = None
        assert first.code is None or len(writes) < number
        site.clock.now += 60
        ran = site("restore", "--yes", "--allow-remove", "9")
        if first.code is None:
            assert ran.code == 0, (ran.out, ran.err)
            after = view(site)
            assert {a: {**after, "billing/paying": after["other/paying"]}[a] for a in before} == before
            titles = [item["title"] for item in site.sandbox.articles()]
            assert sorted(titles) == sorted([*{*titles}])
