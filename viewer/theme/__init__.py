"""Colour, type and spacing tokens, and the palette made of them."""
