"""One plan, several renderers; what they print is the contract with people and scripts (design: Commands)."""
