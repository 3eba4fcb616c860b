"""Ways to send SMS: an HTTP gateway, an SNS-compatible service, the inbox, the console."""
