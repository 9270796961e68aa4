"""The plan that gives readers back what a push took from them."""
