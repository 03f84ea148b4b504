"""The language of reports: findings, sides, guards, house style, templates and spelling."""
