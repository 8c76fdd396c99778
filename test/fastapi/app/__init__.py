"""A Heidi-like service on FastAPI, for tests: written as such services are, and by nothing that this package shares."""
