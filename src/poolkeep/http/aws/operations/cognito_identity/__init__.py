"""Operations of identity pools."""
