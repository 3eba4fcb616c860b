"""Ways to send e-mail: a mail server, the development inbox, the console."""
