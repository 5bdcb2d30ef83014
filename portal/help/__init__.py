"""Online help: a page for every screen in `pages`, one search over them, and the guides that gather them for printing."""
