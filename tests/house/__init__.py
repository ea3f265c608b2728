"""What holds for the whole house: floors, sizes, documents, locks, queries."""
