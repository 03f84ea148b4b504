"""Colours, type and sizes, and the style sheet made of them."""
