"""The use cases: push, pull, restore, adopt and init as functions over plain values, free of click.

Another program opens a session and calls one: ``push(open_session(Path("helpsync.yaml"), "staging"))``. Each module has
one use case; `session`, `connection` and `checkout` are what they share.
"""
