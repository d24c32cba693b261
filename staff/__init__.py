"""Staff: accounts, roles, two-factor sign-in, sessions and API tokens."""
