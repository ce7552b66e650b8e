"""The sample cooperative: made up, always the same, and made by the deeds that people use."""
