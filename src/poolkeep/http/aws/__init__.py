"""The AWS face: one port, every service, the wire of the SDKs."""
