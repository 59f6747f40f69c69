"""The one flow: take a case, dial, interview, close."""
