"""What the probe's functions share, carried by the layer."""

NAME = "probe"
