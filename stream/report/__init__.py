"""The snapshot that people and programs read, made of the declared numbers."""
