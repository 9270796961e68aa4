"""Renders Markdown in the form that Intercom stores, with findings for everything that Intercom can't show."""
