"""What people do in the flow: one module a moment of the work, one function a use case, each in one transaction."""
