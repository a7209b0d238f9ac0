"""What a Pulumi program touches: one module a resource, and the look-ups."""
