"""The local cloud: the engine, hardened, and our own modules where it differs from AWS."""
