"""Painting: films, and what is drawn over them."""
