"""The pages: the console for staff and the published guide, rendered on the server."""
