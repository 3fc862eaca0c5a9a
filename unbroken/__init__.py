"""Move pages and headings freely: every address a documentation site ever published keeps answering.

The rooms, each with one job. A room imports from those above it and from no other, be it for a type alone or
only when a function runs.

addresses     page paths and addresses, from one to the other; the normal form
findings      what can be wrong: the codes, and the finding at one place
redirects     what each line of the map means, and where addresses lead by it
plan          what the map asks of the finished site, and what is wrong with it
apart         one piece of work in a second process
cache         what was read of a site's pages, kept between runs
site          a built site: its pages, anchors, links and files
git           asking git
moved_pages   the table of everything that moved
edit_map      the map in a YAML file, edited in place
edit_toml     the map and settings in a TOML file, read with their places and edited in place
config        a site's configuration, with the place of each line
lookup        the file in which the page for unknown addresses looks them up
check         links, addresses and anchors of a built site, followed to their ends
ledger        every address ever published
hosts         one file a host: its dialect, its limits, what it cannot say
source_links  links in Markdown source, found and rewritten
places        where a link of a built page stands in its source
finish        stubs, anchor moves and rule files, put into a built site
resolve       where one address leads, hop by hop and on each host
verify        the promise, asked of a running server
builds        the site built beside the work tree, as it is or was
repository    the steps of a branch, and the texts of then
texts         what the text of a page tells without being rendered
history       what a branch published: pages and their addresses through time
fates         where the content of pages and headings went
recover       what a site has lost, each with a proposal
examine       everything that is wrong with a built site
banner        what ``mkdocs serve`` shows of it on each page
renames       what authors renamed by themselves, as git sees it
journal       many files changed at once, all or not at all
meaning       what the destination of a link means, and means once something has moved
names         names of files in the configuration, navigation, front matter and templates
render        pages as HTML, by the site's own Markdown
tree          the sources of a site on the disk, and which of them a move can concern
relink        links of those sources, leading after a move to where they led
proof         every page says and leads to the same after a move as before
headings      headings that get another anchor, and sections that go to another page
asked         what an author asks to move, judged
forward       what a move makes of the map
move          pages, folders, files and headings moved with all that leads there
report        findings as text, JSON, SARIF, JUnit and annotations
init          a site set up that has never heard of Unbroken
plugin        MkDocs events, handed to the rooms above
help          what a command says of itself
cli           the command line
"""

__version__ = "0.1.0"
