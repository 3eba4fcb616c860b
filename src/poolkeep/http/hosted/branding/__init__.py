"""How the pages of a client look.

theme.py       a client's look as pages read it: flags, addresses of pictures, a style sheet
properties.py  settings of a managed login style as custom properties
further.css    rules for what our own style sheet leaves plain
classic.py     the style sheet of classic pages, read and written anew
"""
