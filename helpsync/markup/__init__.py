"""Markdown ⇄ Intercom's HTML, and what is needed to compare the two sides (design: Rendering); pure.

Markdown to a body: `blocks` (with `fences`, `tables`, `enclosed`, `attributes`) and `inline` read it; `write` (with
`leaves`, `spans`, `footnotes`, `formulas`) writes it in the `forms` that Intercom stores; raw HTML goes through
`allowlist`, `regions` and `nodes`; `fill` puts in what is known only at the time of sending.
A body to be compared or turned back: `reader` alone parses HTML; `canonical` and `reverse` stand on its pieces.
Two texts to be shown to people: `compare`, with `align`, `tokens` and `words`.
An edit made in Intercom, brought into a writer's text: `carry`, with what is in `carrying`.
"""
