"""Applications as they really are: certified and popular clients sign people in, unmodified.

registration.py    a pool and a client for such an application, in either profile
conversation.py    a Node client that asks for somebody to visit an address
apache.py          an Apache whose mod_auth_openidc guards a page
site.py            a site whose pages run a client in Chromium
"""
