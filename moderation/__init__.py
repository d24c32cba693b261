"""Moderation: screening, the cards a parent gets, cases for a human, their clocks and their alerts."""
