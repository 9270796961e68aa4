"""The use cases: push, pull, restore, adopt and init, free of the command line."""
