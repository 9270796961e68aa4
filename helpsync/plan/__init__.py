"""The plan: the ordered changes that take remote to desired, made from three values without any I/O."""
