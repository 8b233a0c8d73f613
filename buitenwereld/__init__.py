"""What in production belongs to somebody else: a makelaar, a postvak and a sleutel, for demo and tests only.

It shares nothing with the portal: they meet over SAML, SMTP and a six-digit code, as they would in life.
"""
