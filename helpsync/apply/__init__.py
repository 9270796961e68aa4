"""Runs a plan: `run` in which order and with what outcome, `writes` what is sent, `fold` what the baseline keeps."""

from helpsync.apply.run import Applied, Outcome, apply

__all__ = ["Applied", "Outcome", "apply"]
