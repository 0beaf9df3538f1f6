"""The numbers, a file for each family: what is counted, how a row is made of it, and where it is shown."""
