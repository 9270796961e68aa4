"""Brings what Intercom holds into the content tree: `decide` says what, `compose` makes the files, `write` puts them.

The base of each merge is the file as both sides last agreed on it; what was taken becomes the next base.
"""
