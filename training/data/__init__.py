"""Records, vocabulary and data sets of films and reports."""
