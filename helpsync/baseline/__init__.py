"""The record of the last sync: for each address, the remote id and what both sides looked like when they agreed."""
