"""Letters by e-mail: what is due is found, written in the reader's language and zone, queued once, and sent."""
