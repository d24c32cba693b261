"""What the bot does with each kind of update. `route` in application.py says which goes where."""
