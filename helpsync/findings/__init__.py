"""The catalogue of findings: their codes, severities and meanings."""
