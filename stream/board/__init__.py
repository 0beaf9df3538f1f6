"""What a wallboard shows: its layout file, and what each tile says about the numbers."""
