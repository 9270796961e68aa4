"""Changes Markdown in place, for a teammate's edit or new link targets; all other text stays as it is."""
