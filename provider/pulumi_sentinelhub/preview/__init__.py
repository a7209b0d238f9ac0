"""What is found before money is spent: checks, tiles, price."""
