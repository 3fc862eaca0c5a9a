"""One site as a whole: what programs, commands and the plugin ask of it, and how it is set up."""

from unbroken.project.project import Project

__all__ = ["Project"]
