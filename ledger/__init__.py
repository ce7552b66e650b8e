"""Who holds what and who delivered what, since when, on whose authority."""
