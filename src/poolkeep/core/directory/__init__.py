"""What stands around the users of a pool.

Identity providers and resource servers, domains, branding, terms, log delivery, risk settings,
sign-in events and the feedback on them, and the certificate that identity providers know the
pool by. Here they are kept and checked; signing in through them is other packages' work.
"""
