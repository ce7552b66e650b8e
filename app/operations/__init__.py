"""What whoever runs Vestry does with it: settings, what is wrong and how to mend it, backups."""
