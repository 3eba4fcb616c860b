"""OAuth 2.0 and OpenID Connect: authorization requests, codes, browser sessions, grants.

Source: docs/behaviours/oauth.md and docs/behaviours/oauth-tokens.md.
"""
