"""What an attacker would try, and how it ends."""
