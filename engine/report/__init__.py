"""What happens to a report between the draft and the printed page."""
