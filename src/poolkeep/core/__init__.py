"""What Cognito does, apart from how it is spoken to, stored or delivered."""
