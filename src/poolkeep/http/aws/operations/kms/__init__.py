"""Operations of KMS."""
