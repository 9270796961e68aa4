"""One plan, several renderers; what they print is a contract with people and scripts."""
