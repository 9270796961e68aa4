"""Which remote item belongs to which file: by id, address, content, similarity, or the user's choice."""
