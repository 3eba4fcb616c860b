"""The arithmetic of secrets: SRP, tokens, envelopes, codes.

Everything here is a function of its arguments: randomness comes from an `Entropy`, time is a
number, keys are handed in. The package imports only `poolkeep.base` and decides nothing about
users, pools or requests; it says "these bytes prove that", and the core decides what follows.

    group ← modexp ← srp ← passwords        who knows the password
    envelope ← compact                      what we hand out or store, unreadable and unforgeable
    base64url ← jose ← signer               what everybody may read and nobody may forge
    secret_hash, totp, codes                small proofs
"""
