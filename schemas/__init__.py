"""What travels: the events a desk sends, the decoder that admits or rejects them, and their published schemas."""
