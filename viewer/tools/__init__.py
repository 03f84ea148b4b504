"""Mouse and keyboard interactions on a film."""
