"""The token service: temporary credentials of roles and users, and what they carry."""
