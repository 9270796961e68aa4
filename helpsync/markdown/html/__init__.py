"""Stored HTML: what a reader of it sees, the form that two bodies are compared in, the form that Intercom stores."""
