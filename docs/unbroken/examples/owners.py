"""Tell of each file of a site how many errors it has, for whoever looks after it."""

from collections import Counter

from unbroken import Project

project = Project.load("mkdocs.yml")
errors = Counter(
    finding.place.file for finding in project.weighed(project.check().findings) if finding.severity == "error"
)
for file, number in errors.most_common():
    print(f"{number:4} {file}")

where = project.resolve("/guide/setup/")
print("\n".join(where.lines) if where.answers else "Nothing answers at /guide/setup/.")
