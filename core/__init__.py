"""What every room stands on: settings, database, sealing, inbox, outbox, audit, clock and signals."""
