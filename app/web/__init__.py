"""Pages for people: made on the server, one stylesheet, working without script."""
