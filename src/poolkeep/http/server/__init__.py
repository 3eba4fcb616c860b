"""The HTTP server: connections under guard, worker processes, a graceful end.

    launcher ─ forks ─▶ server, one per process ─▶ guard, one per connection ─▶ the application
                                                     └▶ refusals: the application sees nothing

The application decides what a request means; this package decides what a connection may do.
"""
