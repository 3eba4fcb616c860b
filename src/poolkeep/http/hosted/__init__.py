"""Managed login: the hosted pages, and the endpoints of OAuth 2.0 and OpenID Connect.

face.py       finds the pool of a request, and the handler
web.py        a request and an answer, as handlers see them
endpoints/    what programs call
pages/        what people look at; templates/ is how it looks
journey.py    from a finished sign-in back to the application
"""
