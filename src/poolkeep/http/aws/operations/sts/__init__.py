"""Operations of the token service."""
