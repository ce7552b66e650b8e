"""The journal told as events: what happened to what and when, thin enough for any program that may listen."""
