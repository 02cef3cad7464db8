"""What handlers share: fetch, ask the room, announce. Only they and handlers ask several rooms for one thing."""
