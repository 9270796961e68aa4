"""Which remote item belongs to which file: by id, by address, by content, by likeness, or by the user's word."""
