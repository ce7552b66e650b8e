"""Secret votes as services: the registrar within the service, the box on a host of its own, the council's witness."""
