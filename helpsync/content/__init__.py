"""The content tree: Markdown files → HelpCenter.

Files are found by `walk`, read by `frontmatter`, put together by `tree`. `places` alone knows both layouts. What is
wrong with a file is a finding, never an exception; what is wrong with helpsync.yaml is a ConfigError.
"""

from helpsync.content.staleness import source_digest
from helpsync.content.tree import Tree, read_tree

__all__ = ["Tree", "read_tree", "source_digest"]
