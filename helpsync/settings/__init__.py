"""Reads helpsync.yaml and the settings in it."""
