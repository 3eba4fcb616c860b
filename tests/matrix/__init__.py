"""Every cognito-idp operation called three ways: rightly, wrongly, and by somebody who may not."""
