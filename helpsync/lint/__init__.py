"""Findings: the one list of their codes, and the rules about the tree as a whole."""
