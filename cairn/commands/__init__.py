"""The subcommands of `cairn`, one module for each kind of work."""
