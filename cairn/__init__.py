"""The whole of Cairn put together: the command line and the processes."""

__version__ = "0.1.0"
