"""What Intercom changes by itself is never drift, however many days pass; what a reader could see always is."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from churn import pass_a_day
from helpsync.sync.session import open_session
from journey_site import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpsync.plan import Plan

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DAYS = int(os.environ.get("CHURN_DAYS", "25"))

RICH = """\
# Beginning

One line,\\
and another.\\
And a third with [a link](other.md#within) and [the web](https://e.com/?a=1&b=2).

![A screen](https://pictures.example/one.png)
![Sized](https://pictures.example/two.png){width=300}

[![Linked](https://pictures.example/three.png)](https://e.com/)

- one

    With a paragraph, and a picture:

    ![In a list](https://pictures.example/four.png)

- two
    1. inner
    2. list

| Plan | Price |
| --- | --- |
| Free | 0 € |
| ![Cell](https://pictures.example/five.png) | <https://e.com/> |

> [!WARNING]
> Look out.
>
> Twice.

<details>
<summary>More</summary>

Hidden, but **there**.

</details>

In the middle
{.center}

```html
<p class="no-margin"></p>

<br>
```

[Start](https://e.com/go){.button}

---

https://www.youtube.com/watch?v=dQw4w9WgXcQ

The end.
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give our own help center and a page with everything that moves, pushed."""
    with Site(tmp_path) as site:
        site.write("helpsync.yaml", (ROOT / "helpsync.yaml").read_text(encoding="utf-8"))
        shutil.copytree(ROOT / "content", tmp_path / "content")
        site.write("content/rich/_collection.md", page(name="Rich"))
        site.write("content/rich/rich.md", page(RICH, title="Rich"))
        site.write("content/rich/rich.fr.md", page(RICH.replace("other.md", "other.fr.md"), title="Riche"))
        for locale in ("", ".fr"):
            site.write(f"content/rich/other{locale}.md", page("# Within\n\nBack to [it](rich.md).\n", title="Other"))
        assert site.push().code == 0
        assert site.push().writes == []
        yield site


def plans(site: Site, days: int) -> Iterator[Plan]:
    """Let days pass, each on top of the last, and yield what a diff would show after each."""
    session = open_session(site.root / "helpsync.yaml", "sandbox")
    tree, baseline = session.checkout.read_tree(), session.checkout.read_baseline()

    async def plan() -> Plan:
        async with site.reader() as reader:
            remote = await reader.read(default_locale="en")
        return session.plan(tree, remote, baseline).plan

    for day in range(days):
        site.clock.now += 86_400
        pass_a_day(site.sandbox, day)
        yield asyncio.run(plan())


def test_after_one_push_every_day_has_an_empty_plan(site: Site) -> None:
    before = {item["id"]: item["body"] for item in site.sandbox.articles()}
    churned: set[str] = set()
    for plan in plans(site, DAYS):
        assert (plan.changes, plan.attention, plan.relinks) == ((), (), ())
        churned |= {item["id"] for item in site.sandbox.articles() if item["body"] != before[item["id"]]}
    assert churned == before.keys()


def test_after_all_those_days_a_push_writes_nothing_and_an_edit_is_drift_alone(site: Site) -> None:
    for day in range(DAYS):
        pass_a_day(site.sandbox, day)
    assert site.push().writes == []
    article = next(item for item in site.sandbox.articles() if item["title"] == "Rich")
    body = article["translated_content"]["fr"]["body"].replace("Hidden", "Seen")
    site.sandbox.edit_article(article["id"], "fr", body=body)
    plan = site.plan()
    assert [(item["address"], item["locales"]) for item in plan["attention"]] == [("rich/rich", ["fr"])]
    (changed,) = plan["attention"][0]["edits"]["fr"]["body"]["words"]
    assert changed["words"][:2] == [["-", "Hidden"], ["+", "Seen"]]
