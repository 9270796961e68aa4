"""Stored HTML: what readers see of it, the form in which two bodies are compared, and the form that Intercom stores."""
