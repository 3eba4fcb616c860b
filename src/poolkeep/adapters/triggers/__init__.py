"""Ways to run a Lambda function."""
