"""The record of what models were asked and what they answered."""
