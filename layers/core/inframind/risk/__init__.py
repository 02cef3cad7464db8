"""How likely a resource is to breach its limits soon."""
