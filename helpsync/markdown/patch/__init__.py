"""Changes Markdown in place: what a teammate edited in Intercom, or where links lead; all other text stays as it is."""
