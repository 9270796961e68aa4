"""Markdown to a body in the form that Intercom stores, with findings for all that Intercom can't show."""
