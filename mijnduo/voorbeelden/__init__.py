"""Sample organisaties and gebruikers in every state, for demo and tests. Invented names, reserved domains (D25)."""
