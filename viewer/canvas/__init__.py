"""Drawing of films and what lies on them."""
