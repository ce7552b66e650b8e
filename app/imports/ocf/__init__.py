"""Open Cap Format packages, read and checked; nothing here touches the database."""
