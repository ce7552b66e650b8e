"""Pictures of decisions as SVG: where one is, how a count went, where votes moved."""
