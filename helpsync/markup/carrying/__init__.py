"""Brings an edit from one text to another that says the same in another hand: parts, what they became, lines.

`forms` tells what readers can tell apart, `parts` cuts texts into blocks, `units` finds which blocks of two texts
belong together, `level` puts the lines of one container together, `blocks` changes a single block, with what is
`inside` of it, with `lists` and `tables` in the writer's hand, and by a `patch` where only words differ.
"""
