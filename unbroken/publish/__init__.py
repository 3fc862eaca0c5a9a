"""What is put into a built site: stubs, rules, the lookup of the 404 page, the table of moves."""
