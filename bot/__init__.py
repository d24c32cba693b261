"""Telegram's face: the only room that knows Telegram. Intake, the handling of updates, and sending."""
