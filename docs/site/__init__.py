"""The site that `make docs` builds from the project's pages and its code."""
