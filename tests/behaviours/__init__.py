"""Claims of docs/behaviours, asserted on the wire; each test names the claims it holds."""
