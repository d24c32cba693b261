"""People: who someone is, what they agreed to, the conversations they are in, the messages kept."""
