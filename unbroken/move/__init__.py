"""Pages, folders, files and headings moved with all that leads there."""
