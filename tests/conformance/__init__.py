"""The OpenID Foundation's conformance modules, under their own names, with the verdicts we expect.

    verdicts.py     how a run ends, and what stands against a pass
    registry.py     what a module is, its verdict in both profiles, and the plans
    browser.py      a browser that follows redirects and fills forms, without scripts
    relying.py      a relying party: the requests of the modules, and the judgement of tokens
    provider.py     a pool, its domain, clients and user, made as tools/conformance.py does
    modules/        the modules themselves, a file per subject
    lies.py         faults in front of a provider, which the modules must notice
    test_*.py       run them, and compare what a run outside would be given

The code is ours; only the names and the subjects are the suite's.
"""
