"""A plan that was saved to be reviewed, and whether it still holds."""
